//! The shape of a scenario in its short form: that of the long one, and the keys that are gone before it is read.

use crate::scenario::format::{Key, Leaf, LeafKind, Read as _, Shape, TableShape};
use crate::scenario::raw;

use super::{generate, include, templates};

/// What a person may write.
pub fn shape() -> Shape {
    let mut shape = raw::File::shape();
    let Shape::Table(file) = &mut shape else { return shape };
    let mut of_templates: Vec<Key> = vec![text("name", "Its name, by which items refer to it.", true)];
    for key in &mut file.keys {
        let list = key.name;
        let Shape::List(item) = &mut key.shape else { continue };
        let Shape::Table(table) = &mut **item else { continue };
        if !templates::LISTS.contains(&key.name) {
            continue;
        }
        for known in &table.keys {
            if !of_templates.iter().any(|key| key.name == known.name) {
                of_templates.push(Key { required: false, ..known.clone() });
            }
        }
        for known in &mut table.keys {
            // A template may have it; a path has ends of its own.
            known.required &= list == "path" || known.name == "name";
        }
        table.keys.push(text(templates::KEY, "Takes the keys that it lacks from this [[template]].", false));
        table.keys.push(whole(
            templates::COUNT,
            "Number of items like this one; {n} in their strings becomes 1, 2 and so on.",
            1,
        ));
    }
    let file_name = Shape::text("the name of a file");
    file.keys.extend([
        Key {
            name: include::KEY,
            doc: "Another file, or several, whose tables and items are taken as if they stood here; keys of this file win.",
            required: false,
            shape: Shape::Either {
                plain: Box::new(file_name.clone()),
                structured: Box::new(Shape::List(Box::new(file_name))),
                promote: None,
            },
        },
        Key {
            name: templates::KEY,
            doc: "Keys that several items have in common.",
            required: false,
            shape: list(of_templates),
        },
        Key {
            name: generate::KEY,
            doc: "Systems, groups and pairs that are made up by number; `rcsim expand` shows them.",
            required: false,
            shape: Shape::Table(TableShape { keys: topology(), variants: None }),
        },
    ]);
    shape
}

fn list(keys: Vec<Key>) -> Shape {
    Shape::List(Box::new(Shape::Table(TableShape { keys, variants: None })))
}

/// The keys of `[topology]`.
pub(super) fn topology() -> Vec<Key> {
    let spreads = Shape::choice("how pairs are spread", generate::SPREADS.to_vec());
    vec![
        whole("locals", "Local disk systems, L1, L2 and so on. Default: 1.", 1),
        whole("remotes", "Remote disk systems, R1, R2 and so on. Default: 1.", 1),
        Key { required: true, ..whole("pairs", "Remote copy pairs.", 1) },
        whole("groups", "Data integrity pair groups, G1, G2 and so on. Default: 1.", 1),
        Key {
            name: "spread",
            doc: "\"even\" (the default) deals pairs out in turn; \"random\" draws systems and group of each.",
            required: false,
            shape: spreads,
        },
        whole("seed", "Of \"random\", not that of the run. Default: 1.", 0),
        text("local_template", "The [[template]] of the local systems.", false),
        text("remote_template", "The [[template]] of the remote systems.", false),
    ]
}

fn text(name: &'static str, doc: &'static str, required: bool) -> Key {
    Key { name, doc, required, shape: Shape::text("a name") }
}

fn whole(name: &'static str, doc: &'static str, least: u64) -> Key {
    let most = if least == 0 { u64::MAX } else { generate::MOST };
    let expected =
        if least == 0 { "an integer from 0".to_owned() } else { format!("an integer from 1 to {most}") };
    Key {
        name,
        doc,
        required: false,
        shape: Shape::Leaf(Leaf { expected, kind: LeafKind::Integer(least, most) }),
    }
}
