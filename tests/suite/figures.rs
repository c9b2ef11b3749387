//! Every figure and every page that is shipped is what its data draw: `rcsim plot` draws it anew from the CSV and the
//! `figures.json` that stand beside it, and each byte is compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rcsim::report::plot::{Format, Options, plot};

/// Every file below `folder`.
fn files_below(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.insert(path);
        }
    }
}

/// Draws what `folder` holds anew, and says which files it made; each must be equal to the one that is there.
fn redraw(folder: &Path) -> Vec<PathBuf> {
    let again = tempfile::tempdir().unwrap();
    let options = Options {
        out: Some(again.path().to_owned()),
        formats: vec![Format::Svg, Format::Png],
        ..Options::default()
    };
    let made = plot(folder, &options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let shipped = made.iter().map(|path| folder.join(path.file_name().unwrap()));
    for (made, shipped) in made.iter().zip(shipped.clone()) {
        let (drawn, there) = (fs::read(made).unwrap(), fs::read(&shipped).unwrap_or_default());
        assert!(
            drawn == there,
            "{} is not what its data draw: `rcsim plot {2} --out {2}` draws it anew ({1} bytes)",
            shipped.display(),
            drawn.len(),
            folder.display()
        );
    }
    shipped.collect()
}

#[test]
fn every_shipped_figure_is_what_its_data_draw() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shipped = BTreeSet::new();
    files_below(&root.join("results"), &mut shipped);
    let is_drawn = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("svg" | "png" | "pdf" | "html"))
    };
    let described = shipped.iter().filter(|path| path.ends_with("figures.json"));
    let folders: Vec<&Path> = described.filter_map(|path| path.parent()).collect();
    assert!(folders.len() > 15, "only {} folders of figures", folders.len());
    // None is left out.
    let mut drawn: BTreeSet<PathBuf> = shipped.iter().filter(|path| is_drawn(path)).cloned().collect();
    let figures =
        drawn.iter().filter(|path| path.extension().is_some_and(|extension| extension == "svg")).count();
    assert!(figures > 40, "only {figures} figures");
    for folder in folders {
        for file in redraw(folder) {
            drawn.remove(&file);
        }
    }
    assert!(drawn.is_empty(), "nothing beside these says how they are drawn: {drawn:?}");
}
