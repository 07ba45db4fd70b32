//! Names the shared library and writes the header.

use std::env;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=cbindgen.toml");

    // ELF systems find the library by this name at run time. Its number is the ABI's major version.
    if env::var("CARGO_CFG_TARGET_FAMILY")? == "unix"
        && env::var("CARGO_CFG_TARGET_VENDOR")? != "apple"
    {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libuserimage.so.0");
    }
    if env::var("CARGO_CFG_TARGET_VENDOR")? == "apple" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libuserimage.0.dylib");
    }

    // Into the build's folder: `src/tests/header.rs` compares the committed header with it.
    let config = cbindgen::Config::from_file(folder.join("cbindgen.toml"))?;
    cbindgen::Builder::new()
        .with_src(folder.join("src/lib.rs"))
        .with_config(config)
        .generate()?
        .write_to_file(PathBuf::from(env::var("OUT_DIR")?).join("userimage.h"));
    Ok(())
}
