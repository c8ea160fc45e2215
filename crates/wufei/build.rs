//! Makes sure that the folder of the built front end exists, so that `cargo build` works without npm. It must never
//! call npm: `cargo xtask` builds the front end.

fn main() {
    let dist = std::path::Path::new("../../web/dist");
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo:warning=web/dist cannot be made: {error}");
    }
    println!("cargo:rerun-if-changed=../../web/dist");
}
