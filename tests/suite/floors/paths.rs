//! The paths that a Rust source names, as far as the floors need them: read from its tokens, not from the compiler.
//!
//! Comments and texts name nothing. What a macro of another crate expands to is not seen.

/// A path that a source names, such as `crate::units::SimTime`, split at `::`.
pub type Path = Vec<String>;

/// A word (`::` counts as one) or a single sign, and its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    text: String,
    line: usize,
}

/// A path and the line on which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub path: Path,
    pub line: usize,
}

/// Every path of two or more parts in `source`, the source of `module` (`["world", "tests"]`). Groups in braces are
/// told apart; `self` and `super` at the start are resolved, so that each path starts at `crate` or in another crate.
pub fn paths(source: &str, module: &[&str]) -> Vec<Named> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut here: Vec<String> = module.iter().map(ToString::to_string).collect();
    // At which depth of braces each module of this source opened.
    let (mut depth, mut opened) = (0, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        match text {
            "{" => depth += 1,
            "}" => {
                if opened.last() == Some(&depth) {
                    opened.pop();
                    here.pop();
                }
                depth -= 1;
            }
            "mod" if tokens.get(at + 2).is_some_and(|next| next.text == "{") => {
                here.push(tokens[at + 1].text.clone());
                depth += 1;
                opened.push(depth);
                at += 2;
            }
            _ if is_word(text) && tokens.get(at + 1).is_some_and(|next| next.text == "::") => {
                let (first, next) = (found.len(), path(&tokens, at, &[], &mut found));
                for named in &mut found[first..] {
                    named.path = resolved(&named.path, &here);
                }
                at = next;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads the path at `at`, which continues `prefix`; says where the next token stands.
fn path(tokens: &[Token], mut at: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
    let line = tokens[at].line;
    let mut parts = prefix.to_vec();
    loop {
        match tokens.get(at).map(|token| token.text.as_str()) {
            Some(word) if is_word(word) => parts.push(word.into()),
            Some("{") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    // What is no name, such as the `$` of a macro, is passed over.
                    let names = is_word(&tokens[at].text) || matches!(tokens[at].text.as_str(), "{" | "*");
                    at = if names { path(tokens, at, &parts, found) } else { at + 1 };
                }
                return at + 1;
            }
            Some("*") => at += 1,
            // A turbofish, or the end of the tokens.
            _ => {}
        }
        let is_word_here = tokens.get(at).is_some_and(|token| is_word(&token.text));
        at += usize::from(is_word_here);
        if is_word_here && tokens.get(at).is_some_and(|token| token.text == "::") {
            at += 1;
            continue;
        }
        // `use a::b as c`.
        while tokens.get(at).is_some_and(|token| token.text == "as") {
            at += 2;
        }
        found.push(Named { path: parts, line });
        return at;
    }
}

/// `path`, named in the module `here`, from `crate` on.
fn resolved(path: &[String], here: &[String]) -> Path {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let from_self = usize::from(path.first().is_some_and(|part| part == "self"));
    if supers + from_self == 0 {
        return path.to_vec();
    }
    let up = here.len().saturating_sub(supers);
    let start = std::iter::once("crate".to_owned()).chain(here[..up].iter().cloned());
    start.chain(path[supers + from_self..].iter().cloned()).collect()
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of `source` without comments, texts, characters, lifetimes and numbers.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let (mut found, mut at, mut line) = (Vec::new(), 0, 1);
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    while at < chars.len() {
        let from = at;
        let c = chars[at];
        if starts(at, "//") {
            at = (at..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len());
        } else if starts(at, "/*") {
            at = (at + 2..chars.len()).find(|&i| starts(i, "*/")).map_or(chars.len(), |end| end + 2);
        } else if c == '"' {
            at = end_of_text(&chars, at);
        } else if c == 'r' && raw_hashes(&chars, at).is_some() {
            let end = format!("\"{}", "#".repeat(raw_hashes(&chars, at).unwrap_or(0)));
            let body = at + 1 + end.len();
            at = (body..chars.len()).find(|&i| starts(i, &end)).map_or(chars.len(), |i| i + end.len());
        } else if c == '\'' {
            at = end_of_quote(&chars, at);
        } else if c.is_alphanumeric() || c == '_' {
            at = (at..chars.len())
                .find(|&i| !(chars[i].is_alphanumeric() || chars[i] == '_'))
                .unwrap_or(chars.len());
            if !c.is_ascii_digit() {
                found.push(Token { text: chars[from..at].iter().collect(), line });
            }
        } else if starts(at, "::") {
            found.push(Token { text: "::".into(), line });
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(Token { text: c.into(), line });
            }
            at += 1;
        }
        line += chars[from..at].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// After the text that starts at `at`.
fn end_of_text(chars: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

/// After the character or the lifetime that starts at `at`.
fn end_of_quote(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => (at + 3..chars.len()).find(|&i| chars[i] == '\'').map_or(chars.len(), |i| i + 1),
        (_, Some('\'')) => at + 3,
        _ => at + 1,
    }
}

/// The signs `#` of a raw text that starts at `at`, if one does.
fn raw_hashes(chars: &[char], at: usize) -> Option<usize> {
    if at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b' {
        return None;
    }
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    (chars.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}
