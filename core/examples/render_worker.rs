//! Renders files on command, for `tests/peers`: times each run and counts the memory allocated.
//!
//! Commands, one a line on the standard input, each answered with a line of JSON:
//!
//! * `load PATH` reads a file.
//! * `run N SIDE QUALITY` makes its rendition N times, to fit SIDE x SIDE pixels.
//! * `save PATH` writes the rendition made last.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use serde_json::{Value, json};
use userimage::rendition::{Source, Standard, StandardOptions, render_source};
use userimage::{Size, probe};

#[path = "../tests/it/common/memory.rs"]
mod memory;

#[global_allocator]
static COUNTING: memory::Counting = memory::Counting;

type Failure = Box<dyn Error>;

#[derive(Default)]
struct Worker {
    file: Vec<u8>,
    rendition: Option<Standard>,
}

impl Worker {
    fn answer(&mut self, command: &str) -> Result<Value, Failure> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        match verb {
            "load" => {
                self.rendition = None;
                self.file = std::fs::read(rest)?;
                Ok(json!({ "file_bytes": self.file.len() }))
            }
            "run" => {
                let numbers: Vec<u32> =
                    rest.split(' ').map(str::parse).collect::<Result<_, _>>()?;
                let [runs, side, quality] = numbers[..] else {
                    return Err("three numbers are expected: N SIDE QUALITY".into());
                };
                self.run(runs, side, quality)
            }
            "save" => {
                let rendition = self.rendition.as_ref().ok_or("nothing is rendered yet")?;
                std::fs::write(rest, &rendition.bytes)?;
                Ok(json!({ "bytes": rendition.bytes.len() }))
            }
            _ => Err(format!("unknown command: {command}").into()),
        }
    }

    fn run(&mut self, runs: u32, side: u32, quality: u32) -> Result<Value, Failure> {
        let options = StandardOptions::default()
            .with_max_size(Size::new(side, side))?
            .with_jpeg_quality(u8::try_from(quality)?)?;
        let (mut times, mut allocations, mut peak) = (Vec::new(), 0, 0);
        for _ in 0..runs {
            let start = Instant::now();
            let (result, allocated) = memory::allocated(|| render(&self.file, &options));
            times.push(u64::try_from(start.elapsed().as_nanos())?);
            (allocations, peak) = (allocated.times, peak.max(allocated.peak));
            self.rendition = Some(black_box(result?));
        }
        let rendition = self.rendition.as_ref().ok_or("at least one run is expected")?;
        Ok(json!({
            "ns": times, "peak_bytes": peak, "allocations": allocations,
            "mime_type": rendition.format.mime_type(), "bytes": rendition.bytes.len(),
            "width": rendition.size.width, "height": rendition.size.height,
        }))
    }
}

/// The work of an upload on the pixels, and the probe before it.
fn render(file: &[u8], options: &StandardOptions) -> Result<Standard, Failure> {
    let info = probe(file)?;
    let stored_size = info.stored_size.ok_or("the file states no size in pixels")?;
    let mut source = Source::new(file, info.format, stored_size);
    source.orientation = info.orientation;
    Ok(render_source(&source, options, u64::MAX)?)
}

fn main() -> io::Result<()> {
    let mut worker = Worker::default();
    let mut output = io::stdout().lock();
    for command in io::stdin().lock().lines() {
        let answer =
            worker.answer(&command?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}
