//! Files that refer outside, recurse, or have scripts or entities: nothing is opened, fetched or run. A child probes and
//! renders them under `strace`, which shows every call of the system that could. The test prints that it is skipped where
//! `strace` is missing or may not trace.
#![cfg(all(feature = "svg", feature = "pdf", feature = "eps", unix))]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::fs;
use std::process::Command;

use crate::common::files;
use userimage::Format;
use userimage::rendition::{Source, StandardOptions, render_source};

const CHILD: &str = "USERIMAGE_TEST_CONFINED";
/// Files that do not exist: opening them marks where the calls that count begin and end in the trace.
const BEGIN: &str = "/userimage-test-begins";
const END: &str = "/userimage-test-ends";
const OUTSIDE: &str = "file:///etc/hostname";

/// A document of SVG with everything that could lead outside.
fn svg() -> Vec<u8> {
    let mut body = String::new();
    for url in [
        OUTSIDE,
        "/etc/hostname",
        "../../../etc/hostname",
        "http://127.0.0.1:9/a",
        "https://example.com/a.svg#a",
    ] {
        for attributes in [
            format!("image width='9' height='9' href='{url}'"),
            format!("image width='9' height='9' xlink:href='{url}'"),
            format!("use href='{url}'"),
            format!("rect width='9' height='9' fill='url({url}#a)' stroke='url({url}#a) red'"),
            format!(
                "rect width='9' height='9' mask='url({url}#a)' clip-path='url({url}#a)' filter='url({url}#a)'"
            ),
            format!("path d='M0 0h9v9' marker-start='url({url}#a)' style='cursor:url({url})'"),
            format!("a href='{url}'"),
            format!("script href='{url}'"),
            format!("tref xlink:href='{url}'"),
            format!("textPath href='{url}'"),
            format!("xi:include href='{url}' parse='text'"),
            format!("animate href='{url}' attributeName='x' to='9'"),
        ] {
            let name = attributes.split(' ').next().unwrap();
            body += &format!("<{attributes}></{name}>");
        }
        body += &format!(
            "<filter id='f'><feImage href='{url}'/></filter><linearGradient id='l' href='{url}#a'/>"
        );
        body += &format!(
            "<style>@import url('{url}');@font-face{{font-family:F;src:url({url})}}rect{{fill:url({url}#a)}}</style>"
        );
        body += &format!(
            "<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='{url}'></iframe></foreignObject>"
        );
    }
    format!(
        "<?xml version='1.0'?><?xml-stylesheet href='{OUTSIDE}' type='text/css'?><?xml-stylesheet href='{OUTSIDE}' type='text/xsl'?>
        <!DOCTYPE svg PUBLIC 'x' '{OUTSIDE}' [<!ENTITY e SYSTEM '{OUTSIDE}'><!ENTITY in 'text'>]>
        <svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' xmlns:xi='http://www.w3.org/2001/XInclude'
        width='64' height='48' onload='alert(1)'><text font-family='F'>&in;</text><rect filter='url(#f)' fill='url(#l)'/>
        <script>fetch('{OUTSIDE}')</script>{body}</svg>"
    )
    .into_bytes()
}

/// A PDF with what could lead outside: streams whose data is in other files, actions, a profile, a font, a form in XML.
fn pdf() -> Vec<u8> {
    let file = "/F(/etc/hostname)";
    let objects = [
        format!("<</Type/Catalog/Pages 2 0 R/OpenAction<</S/Launch{file}/Win<</F(calc.exe)>>>>/AcroForm<</XFA 6 0 R/Fields[]>>
            /Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(app.launchURL\\(\"http://127.0.0.1:9\"\\))>>]>>>>>>"),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 48]/Contents 4 0 R/AA<</O<</S/URI/URI(http://127.0.0.1:9)>>>>
            /Annots[<</Subtype/Link/Rect[0 0 9 9]/A<</S/GoToR{file}/D[0]>>>>]/Resources<</XObject<</P 5 0 R/R 7 0 R>>/Font<</F 8 0 R>>>>>>"),
        "<</Length 43>>stream\n9 0 0 9 0 0 cm /P Do /R Do BT /F 9 Tf (a) Tj ET\nendstream".to_owned(),
        format!("<</Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace[/ICCBased 9 0 R]/Length 0{file}>>stream\n\nendstream"),
        format!("<</Length 0{file}>>stream\n<!DOCTYPE x [<!ENTITY e SYSTEM \"{OUTSIDE}\">]><x>&e;</x>\nendstream"),
        format!("<</Subtype/Form/BBox[0 0 9 9]/Ref<<{file}/Page 0>>/Length 0>>stream\n\nendstream"),
        format!("<</Type/Font/Subtype/TrueType/BaseFont/X/FontDescriptor<</FontFile2<</Length 0{file}>>/FontFile 9 0 R>>>>"),
        format!("<</N 3/Length 0{file}>>stream\n\nendstream"),
    ];
    let mut data = "%PDF-1.4\n".to_owned();
    for (number, object) in objects.iter().enumerate() {
        data += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
    }
    (data + "trailer\n<</Size 10/Root 1 0 R>>\n%%EOF\n").into_bytes()
}

/// All files: the fixtures of formats beyond the six, and the ones above.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let mut found = vec![("svg".to_owned(), svg()), ("pdf".to_owned(), pdf())];
    for fixture in files::rendered() {
        if !Format::DEFAULT.contains(&fixture.format) {
            found.push((fixture.name, fixture.data));
        }
    }
    found
}

fn use_file(data: &[u8], allow_active: bool) {
    let Ok(info) = userimage::probe(data) else { return };
    let Some(size) = info.stored_size else { return };
    let mut source = Source::new(data, info.format, size);
    source.orientation = info.orientation;
    source.allow_active = allow_active;
    // Whether it is drawn is what other tests are for.
    let _ = render_source(&source, &StandardOptions::default(), 1 << 28);
}

#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let inputs = inputs();
    // What the allocator and threads read of the system when they are first used.
    use_file(&svg(), true);
    use_file(&pdf(), true);
    let _ = fs::metadata(BEGIN);
    for (_, data) in &inputs {
        use_file(data, true);
        use_file(data, false);
    }
    let _ = fs::metadata(END);
}

#[test]
fn nothing_is_opened_fetched_or_run() {
    let trace = std::env::temp_dir().join(format!("userimage-confined-{}", std::process::id()));
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-s", "200", "-e", "trace=%file,%network,execve,fork,vfork", "-o"])
        .arg(&trace)
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["confined::child", "--exact"])
        .env(CHILD, "1")
        .output();
    let calls = fs::read_to_string(&trace);
    let _ = fs::remove_file(&trace);
    if !traced.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: strace is missing, or may not trace here");
        return;
    }
    let calls = calls.unwrap();
    let (_, calls) = calls.split_once(BEGIN).expect("the child begins");
    let (calls, _) = calls.split_once(END).expect("the child ends");
    // Behind the rest of the call that marks the begin, and before the one that marks the end.
    let mut calls: Vec<_> = calls.lines().skip(1).collect();
    calls.pop();
    let harmless = |call: &&&str| {
        call.contains("/sys/devices/system/cpu")
            || call.contains("/sys/fs/cgroup")
            || call.contains("resumed>")
    };
    let calls: Vec<_> = calls.iter().filter(|call| !harmless(call)).collect();
    assert!(calls.is_empty(), "{calls:#?}");
}
