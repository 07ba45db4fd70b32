//! Content that a viewer of the original would run.

use resvg::usvg::roxmltree::{Document, Node};

/// What acts in the document: scripts, and documents in it that may have them.
pub(super) fn found(document: &Document<'_>) -> Option<&'static str> {
    document.descendants().find_map(|node| {
        if let Some(instruction) = node.pi() {
            let value = instruction.value.unwrap_or_default().to_ascii_lowercase();
            // Style sheets in CSS draw; those in XML are programs, whatever their type is written with.
            let is_css = value.contains("css")
                && !["xsl", "xml", "&"].iter().any(|sign| value.contains(sign));
            let is_transform = instruction.target == "xml-stylesheet" && !is_css;
            return is_transform.then_some("a style sheet that transforms it");
        }
        match node.tag_name().name().to_ascii_lowercase().as_str() {
            "script" | "handler" | "listener" => Some("a script"),
            "iframe" | "object" | "embed" | "applet" | "frame" => Some("a document inside it"),
            "form" => Some("a form"),
            "meta" if node.has_attribute("http-equiv") => Some("a command to the browser"),
            "base" => Some("another place for its links"),
            _ => in_attributes(node),
        }
    })
}

fn in_attributes(node: Node<'_, '_>) -> Option<&'static str> {
    node.attributes().find_map(|attribute| {
        let name = attribute.name().to_ascii_lowercase();
        if name.len() > 2 && name.starts_with("on") && attribute.namespace().is_none() {
            return Some("a script that an event starts");
        }
        let can_link = matches!(
            name.as_str(),
            "href" | "to" | "from" | "by" | "values" | "src" | "action" | "formaction"
        );
        (can_link && is_script(attribute.value())).then_some("a link that is a script")
    })
}

/// Whether a browser runs what it finds at a URL. It skips control characters and blanks.
fn is_script(url: &str) -> bool {
    let is_kept = |c: &char| !c.is_whitespace() && !c.is_control();
    let url: String = url.chars().filter(is_kept).flat_map(char::to_lowercase).take(4096).collect();
    url.contains("javascript:") || url.contains("vbscript:") || url.starts_with("data:text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(body: &str) -> Option<&'static str> {
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'
                xmlns:h='http://www.w3.org/1999/xhtml'>{body}</svg>"
        );
        found(&Document::parse(&text).unwrap())
    }

    #[test]
    fn what_a_browser_runs() {
        for body in [
            "<script>alert(1)</script>",
            "<script href='https://example.com/a.js'/>",
            "<foreignObject><h:script/></foreignObject>",
            "<foreignObject><h:iframe src='https://example.com'/></foreignObject>",
            "<rect onclick='a()'/>",
            "<g ONLOAD='a()'/>",
            "<a xlink:href='javascript:alert(1)'/>",
            "<a href=' JAVA&#10;script:alert(1)'/>",
            "<a href='data:text/html,&lt;script>'/>",
            "<a><set attributeName='href' to='javascript:alert(1)'/></a>",
            "<?xml-stylesheet type='text/xsl' href='#a'?>",
            "<?xml-stylesheet type='text/xml' href='#a'?>",
            "<?xml-stylesheet type='text/x&#115;l' href='#a' title='css'?>",
            "<foreignObject><h:meta http-equiv='refresh' content='0;url=https://example.com'/></foreignObject>",
            "<foreignObject><h:form action='https://example.com'/></foreignObject>",
            "<foreignObject><h:button formaction='javascript:alert(1)'/></foreignObject>",
            "<foreignObject><h:base href='https://example.com'/></foreignObject>",
        ] {
            assert!(reason(body).is_some(), "{body}");
        }
    }

    #[test]
    fn what_no_browser_runs() {
        for body in [
            "<a href='https://example.com/javascript'/>",
            "<rect on='1' opacity='1'/>",
            "<foreignObject><h:p>text</h:p></foreignObject>",
            "<animate attributeName='x' from='0' to='9'/>",
            "<style>rect{fill:red}</style><image href='data:image/png;base64,AAAA'/>",
            "<text>javascript:alert(1)</text>",
            "<?xml-stylesheet type='text/css' href='a.css'?>",
            "<foreignObject><h:meta charset='utf-8'/></foreignObject>",
        ] {
            assert_eq!(reason(body), None, "{body}");
        }
    }
}
