//! The words of the pages in every language, as [Fluent](https://projectfluent.org) files beside the pages.

use super::SUBJECTS;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::LazyLock;
use unic_langid::{LanguageIdentifier, langid};

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Russian,
}

impl Language {
    pub(crate) const ALL: [Language; 2] = [Language::English, Language::Russian];

    /// As the attribute `lang` has it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Russian => "ru",
        }
    }

    fn id(self) -> LanguageIdentifier {
        match self {
            Language::English => langid!("en"),
            Language::Russian => langid!("ru"),
        }
    }

    /// The language of this code, such as `ru` or `ru-RU`.
    pub(crate) fn of(code: &str) -> Option<Language> {
        let main = code.trim().split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|it| it.code().eq_ignore_ascii_case(main))
    }

    /// The one that a browser asks for most in its `Accept-Language`.
    pub(crate) fn accepted(header: &str) -> Option<Language> {
        let mut best = None;
        for wish in header.split(',').take(20) {
            let (code, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
            let weight: f32 = weight.trim().parse().unwrap_or(0.0);
            if let Some(language) = Language::of(code)
                && weight > best.map_or(0.0, |(most, _)| most)
            {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The message of this name. Every name that pages use exists in every language; a test sees to it.
    pub(crate) fn text(self, name: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        self.find(name, args).unwrap_or_else(|| {
            tracing::error!(name, language = self.code(), "there is no such message");
            name.to_owned()
        })
    }

    /// The message of this name, if there is one.
    pub(crate) fn find(self, name: &str, args: &[(&str, FluentValue<'_>)]) -> Option<String> {
        let bundle = &BUNDLES[self as usize];
        let pattern = bundle.get_message(name)?.value()?;
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut problems = Vec::new();
        let text = bundle.format_pattern(pattern, Some(&args), &mut problems).into_owned();
        if !problems.is_empty() {
            tracing::error!(name, ?problems, "a message cannot be filled in");
        }
        Some(text)
    }
}

static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> = LazyLock::new(|| Language::ALL.map(bundle));

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(vec![language.id()]);
    // The marks that would isolate what is filled in are for languages written from right to left.
    bundle.set_use_isolating(false);
    for subject in SUBJECTS {
        let source = subject.words[language as usize].to_owned();
        // A file that cannot be read is caught by a test; at run time the rest is worth showing.
        let resource = FluentResource::try_new(source).unwrap_or_else(|(partial, _)| partial);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    /// The names in a file, each with the names of what is filled in.
    fn names(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::new();
        for subject in SUBJECTS {
            let source = subject.words[language as usize];
            let resource = FluentResource::try_new(source.to_owned());
            assert!(resource.is_ok(), "{}: {:?}", language.code(), resource.err().map(|it| it.1));
            let mut current = String::new();
            for line in source.lines() {
                if let Some((name, _)) = line.split_once(" =").filter(|_| line.starts_with(char::is_alphabetic)) {
                    current = name.to_owned();
                    assert!(all.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is there twice");
                }
                for filled in line.split('$').skip(1) {
                    let end = filled.find(|it: char| !it.is_alphanumeric() && it != '-').unwrap_or(filled.len());
                    all.get_mut(&current).unwrap().insert(filled[..end].to_owned());
                }
            }
        }
        all
    }

    #[test]
    fn every_language_has_the_same_messages() {
        assert_eq!(names(Language::English), names(Language::Russian));
        assert!(names(Language::English).len() > 30);
    }

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs" || it == "html") {
                found.push(fs::read_to_string(path).unwrap());
            }
        }
    }

    /// What pages name exists. Names that are put together at run time are looked up with `find` and have their own tests.
    #[test]
    fn every_message_that_is_used_exists() {
        let known = names(Language::English);
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages"), &mut files);
        let mut used = 0;
        for text in &files {
            for opening in [".t(\"", ".t1(\"", ".count(\"", "label: \""] {
                for after in text.split(opening).skip(1) {
                    let name = after.split('"').next().unwrap();
                    assert!(known.contains_key(name), "there is no message {name}");
                    used += 1;
                }
            }
        }
        assert!(used > 30);
    }

    #[test]
    fn browsers_choose_by_weight() {
        for (header, expected) in [
            ("ru", Some(Language::Russian)),
            ("de-DE,ru;q=0.8,en;q=0.5", Some(Language::Russian)),
            ("en-US,en;q=0.9,ru;q=0.8", Some(Language::English)),
            ("RU-ru;q=0.1, de", Some(Language::Russian)),
            ("de, fr;q=0.5", None),
            ("en;q=x, ru;q=0", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), expected, "{header}");
        }
    }
}
