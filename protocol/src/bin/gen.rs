//! Writes `protocol/schema/*.json` from the types. Run after changing a type; the tests say when it was forgotten.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in protocol::schema::documents() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
