//! Macros that declare the tables of the file.
//!
//! Serde's derive loses places in tables of several kinds, knows nothing of `--set`, and its errors are texts that
//! would have to be taken apart again to say what was meant.

/// The type of a key's field, by what is needed of it.
macro_rules! field_type {
    (required, $type:ty) => { $crate::scenario::source::At<$type> };
    (optional, $type:ty) => { Option<$crate::scenario::source::At<$type>> };
    (repeated, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (some, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (disk, $type:ty) => { Vec<$crate::scenario::source::At<$type>> };
    (flatten, $type:ty) => { $type };
}

/// The keys that a field stands for: one, or those of the table that it takes in.
macro_rules! keys_of {
    (flatten, $name:expr, $doc:expr, $type:ty) => { <$type>::keys() };
    (required, $name:expr, $doc:expr, $type:ty) => { keys_of!(@ true, $name, $doc, $type) };
    (optional, $name:expr, $doc:expr, $type:ty) => { keys_of!(@ false, $name, $doc, $type) };
    (some, $name:expr, $doc:expr, $type:ty) => {
        keys_of!(@ true, $name, $doc, Vec<$crate::scenario::source::At<$type>>)
    };
    (disk, $name:expr, $doc:expr, $type:ty) => { keys_of!(repeated, $name, $doc, $type) };
    (repeated, $name:expr, $doc:expr, $type:ty) => {
        keys_of!(@ false, $name, $doc, Vec<$crate::scenario::source::At<$type>>)
    };
    (@ $required:literal, $name:expr, $doc:expr, $type:ty) => {
        vec![$crate::scenario::format::Key {
            name: $name,
            doc: $doc,
            required: $required,
            shape: <$type as $crate::scenario::format::Read>::shape(),
        }]
    };
}

/// Reads the field of a key.
macro_rules! read_key {
    ($reader:ident, flatten, $name:expr, $type:ty) => {
        <$type>::from_reader($reader)?
    };
    ($reader:ident, $need:ident, $name:expr, $type:ty) => {
        $reader.$need($name)?
    };
}

/// Declares a table of the file: for each key, whether it is `required` or `optional`, `repeated` (a list that
/// may be absent), `some` (a list of at least one) or `disk` (`some`, but `repeated` beside tape jobs), and its type.
/// `flatten` takes in the keys of another table.
macro_rules! table {
    ($(#[doc = $doc:literal])* pub struct $name:ident {
        $($(#[doc = $key_doc:literal])* $key:ident: $need:ident $type:ty,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[doc = $key_doc])* pub $key: field_type!($need, $type),)*
        }

        impl $name {
            /// Its keys.
            pub fn keys() -> Vec<$crate::scenario::format::Key> {
                [$(keys_of!($need, $crate::scenario::format::name_of_key(stringify!($key)), concat!($($key_doc,)* ""), $type),)*].concat()
            }

            /// Reads its keys.
            pub fn from_reader(
                reader: &$crate::scenario::format::Reader,
            ) -> $crate::scenario::diagnostic::Fallible<Self> {
                Ok(Self { $($key: read_key!(reader, $need, $crate::scenario::format::name_of_key(stringify!($key)), $type),)* })
            }
        }

        impl $crate::scenario::format::Read for $name {
            fn shape() -> $crate::scenario::format::Shape {
                $crate::scenario::format::Shape::Table($crate::scenario::format::TableShape {
                    keys: Self::keys(),
                    variants: None,
                })
            }

            fn read(node: &$crate::scenario::document::Node) -> $crate::scenario::diagnostic::Fallible<Self> {
                Self::from_reader(&$crate::scenario::format::Reader::new(node, &Self::keys())?)
            }
        }
    };
}

/// Declares a table of several kinds, which one of its keys chooses; each kind is a `table!`.
macro_rules! variants {
    ($(#[doc = $doc:literal])* pub enum $name:ident by $tag:literal ($what:literal) {
        $($(#[doc = $variant_doc:literal])* $text:literal => $variant:ident,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        #[allow(clippy::large_enum_variant, reason = "a file has few of them, each read once")]
        pub enum $name {
            $($(#[doc = $variant_doc])* $variant($variant),)*
        }

        impl $name {
            fn tag() -> $crate::scenario::format::Key {
                $crate::scenario::format::Key {
                    name: $tag,
                    doc: "",
                    required: true,
                    shape: $crate::scenario::format::Shape::choice($what, vec![$($text,)*]),
                }
            }

            fn variants() -> Vec<$crate::scenario::format::Variant> {
                vec![$($crate::scenario::format::Variant {
                    name: $text,
                    doc: concat!($($variant_doc,)* ""),
                    keys: $variant::keys(),
                },)*]
            }
        }

        impl $crate::scenario::format::Read for $name {
            fn shape() -> $crate::scenario::format::Shape {
                $crate::scenario::format::Shape::Table($crate::scenario::format::TableShape {
                    keys: Vec::new(),
                    variants: Some((Box::new(Self::tag()), Self::variants())),
                })
            }

            fn read(node: &$crate::scenario::document::Node) -> $crate::scenario::diagnostic::Fallible<Self> {
                let variants = Self::variants();
                let (index, reader) = $crate::scenario::format::read_variant(node, &Self::tag(), &variants)?;
                $(if variants[index].name == $text {
                    return Ok(Self::$variant($variant::from_reader(&reader)?));
                })*
                Err($crate::scenario::format::wrong_type(node, "a table of a known kind"))
            }
        }
    };
}

pub(crate) use {field_type, keys_of, read_key, table, variants};
