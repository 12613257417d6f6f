//! Writes the man pages: `cargo run --example man -- FOLDER`. An example and no part of the program, which would only grow by it.

mod pages;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder to write to")?;
    pages::write(&PathBuf::from(folder))?;
    Ok(())
}
