//! All that is indexed of everyone, and which records a condition is true of.

use super::{
    Spec,
    column::{Column, Key},
    held::{Held, is_same, span},
    memo::{Asked, Memo},
    owners::{Ids, union},
    sought::{Sought, alike, key_of},
    times::{Span, Times},
};
use crate::{
    field::{Field, Kind, Stored},
    filter::{Cond, Test},
    text::words,
};
use muster_db::Value;
use roaring::{MultiOps as _, RoaringBitmap};
use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound::{Included, Unbounded},
    ptr,
    sync::Arc,
};

/// The most words that a search looks for.
const MOST_WORDS: usize = 10;

/// All that is indexed.
pub(super) struct Table {
    pub(super) spec: &'static Spec,
    pub(super) all: RoaringBitmap,
    columns: Vec<(&'static Field, Held)>,
    /// Words that stand for values of a column, such as those of the departments' names.
    pub(super) names: BTreeMap<String, Vec<i64>>,
    /// How often these were others.
    renamed: u64,
    pub(super) memo: Memo,
}

/// Conditions that the index itself cannot answer, by their addresses, with the records they are true of.
pub(super) type Outside = HashMap<usize, RoaringBitmap>;

/// The address of a condition, for as long as it is borrowed.
pub(super) fn address(cond: &Cond) -> usize {
    ptr::from_ref(cond).addr()
}

impl Table {
    pub(super) fn new(spec: &'static Spec) -> Table {
        let is_searched = |name: &&str| spec.searches.iter().any(|(_, fields)| fields.contains(name));
        let fields = spec.fields.iter().filter_map(|name| Some((spec.entity.field(name)?, is_searched(name))));
        let columns = fields.map(|(field, is_searched)| (field, Held::new(field, is_searched))).collect();
        let (all, names) = (RoaringBitmap::new(), BTreeMap::new());
        Table { spec, all, columns, names, renamed: 0, memo: Memo::default() }
    }

    /// Puts other words in place of those that stand for values.
    pub(super) fn name(&mut self, names: BTreeMap<String, Vec<i64>>) {
        self.names = names;
        self.renamed += 1;
    }

    /// Writes a record, whose values come in the order of the fields.
    pub(super) fn put(&mut self, id: u32, values: Vec<Vec<Key>>) {
        self.all.insert(id);
        for ((_, held), keys) in self.columns.iter_mut().zip(values) {
            held.put(id, keys);
        }
    }

    /// Forgets a record that is no more.
    pub(super) fn remove(&mut self, id: u32) {
        if self.all.remove(id) {
            self.columns.iter_mut().for_each(|(_, held)| held.put(id, Vec::new()));
        }
    }

    /// What is held of a field, under whatever name.
    pub(super) fn held(&self, field: &Field) -> Option<&Held> {
        self.columns.iter().find(|(it, _)| is_same(it, field)).map(|it| &it.1)
    }

    /// The same of a field whose values stand each with who has it.
    fn values(&self, field: &Field) -> Option<&Column> {
        match self.held(field)? {
            Held::Values(column) => Some(column),
            Held::Times(_) => None,
        }
    }

    /// The same by the name that it is declared by.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.values(self.spec.entity.field(name)?)
    }

    /// Whether a field is the ID, which has no column.
    pub(super) fn is_id(&self, field: &Field) -> bool {
        matches!(field.stored, Stored::Column(column) if column == self.spec.entity.id)
            && matches!(field.kind, Kind::Id | Kind::Int)
    }

    /// The instants and the span of them that a condition is about, if it is about that and nothing else.
    fn span(&self, cond: &Cond) -> Option<(&Times, Span)> {
        let span = span(cond)?;
        match self.held(cond.field()?)? {
            Held::Times(times) => Some((times, span)),
            Held::Values(_) => None,
        }
    }

    /// The span that a condition leaves of a field's instants.
    pub(super) fn span_of(&self, cond: &Cond, of: &Times, outside: &Outside) -> Option<Span> {
        let Cond::All(conds) = cond else {
            return self.span(cond).filter(|it| ptr::eq(it.0, of)).map(|it| it.1);
        };
        let mut parts = Vec::new();
        self.take_apart(conds, outside, &mut parts);
        parts.into_iter().find_map(|it| match it {
            Part::Span(times, span) if ptr::eq(times, of) => Some(span),
            _ => None,
        })
    }

    /// Whether this part of a condition can be answered from here.
    pub(super) fn covers(&self, cond: &Cond) -> bool {
        match cond {
            Cond::All(_) | Cond::Any(_) | Cond::Not(_) | Cond::Never => true,
            Cond::Found(field, _) => self.spec.searches.iter().any(|(name, _)| *name == field.name),
            Cond::Field(field, ..) | Cond::In(field, _) | Cond::Between(field, ..) | Cond::Empty(field) => {
                match self.held(field) {
                    Some(Held::Values(_)) => true,
                    Some(Held::Times(_)) => matches!(cond, Cond::Empty(_)) || span(cond).is_some(),
                    None => self.is_id(field) && !is_like(cond) && !matches!(cond, Cond::Empty(_)),
                }
            }
        }
    }

    /// Those of `base` that a condition is true of.
    pub(super) fn within(&self, cond: &Cond, base: &RoaringBitmap, outside: &Outside) -> RoaringBitmap {
        if let Some(found) = outside.get(&address(cond)) {
            return base & found;
        }
        match cond {
            Cond::Never => RoaringBitmap::new(),
            Cond::All(conds) => self.within_all(conds, base, outside),
            Cond::Any(conds) => conds.iter().map(|it| self.within(it, base, outside)).union(),
            Cond::Not(cond) => base - self.within(cond, base, outside),
            Cond::Found(field, text) => self.found(field, text, base),
            Cond::Empty(field) => self.held(field).map_or_else(RoaringBitmap::new, |it| base - it.has()),
            Cond::In(field, values) if self.is_id(field) => {
                let ids =
                    values.iter().filter_map(|it| if let Value::Int(it) = it { u32::try_from(*it).ok() } else { None });
                ids.filter(|id| base.contains(*id)).collect()
            }
            _ => match self.span(cond) {
                Some((times, span)) => self.within_span(times, span, base),
                None => self.pieces(cond, base),
            },
        }
    }

    /// Those that all of these are true of. What leaves the fewest comes first, and what is said of the same instants is
    /// one span: each end of it alone may leave half of everyone.
    fn within_all(&self, conds: &[Cond], base: &RoaringBitmap, outside: &Outside) -> RoaringBitmap {
        let mut parts = Vec::with_capacity(conds.len());
        self.take_apart(conds, outside, &mut parts);
        parts.sort_by_cached_key(|it| match it {
            Part::Cond(cond) => self.estimate(cond, outside),
            Part::Span(times, span) => times.count(*span),
        });
        let within = |part: Part<'_, '_>, left: &RoaringBitmap| match part {
            Part::Cond(cond) => self.within(cond, left, outside),
            Part::Span(times, span) => self.within_span(times, span, left),
        };
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return base.clone() };
        let first = within(first, base);
        parts.fold(first, |left, it| within(it, &left))
    }

    fn take_apart<'t, 'c>(&'t self, conds: &'c [Cond], outside: &Outside, parts: &mut Vec<Part<'t, 'c>>) {
        for cond in conds {
            match cond {
                Cond::All(inner) => self.take_apart(inner, outside, parts),
                cond if outside.contains_key(&address(cond)) => parts.push(Part::Cond(cond)),
                cond => {
                    let Some((times, (low, high))) = self.span(cond) else {
                        parts.push(Part::Cond(cond));
                        continue;
                    };
                    let known = parts.iter_mut().find_map(|it| match it {
                        Part::Span(of, span) if ptr::eq(*of, times) => Some(span),
                        _ => None,
                    });
                    match known {
                        Some(span) => *span = (span.0.max(low), span.1.min(high)),
                        None => parts.push(Part::Span(times, (low, high))),
                    }
                }
            }
        }
    }

    fn within_span(&self, times: &Times, span: Span, base: &RoaringBitmap) -> RoaringBitmap {
        if self.is_few(base) {
            return times.among(base, span);
        }
        let asked = (ptr::from_ref(times).addr(), Sought::Span(span.0, span.1));
        let found = self.memo.known(&asked, times.changes()).unwrap_or_else(|| {
            let found = Arc::new(times.within(span));
            self.memo.keep(asked, times.changes(), &found);
            found
        });
        self.part(&found, base)
    }

    /// How many records a condition is true of, at most and roughly.
    fn estimate(&self, cond: &Cond, outside: &Outside) -> u64 {
        if let Some(found) = outside.get(&address(cond)) {
            return found.len();
        }
        match cond {
            Cond::Never => 0,
            Cond::All(conds) => conds.iter().map(|it| self.estimate(it, outside)).min().unwrap_or(u64::MAX),
            Cond::Any(conds) => conds.iter().map(|it| self.estimate(it, outside)).fold(0, u64::saturating_add),
            Cond::In(field, values) if self.is_id(field) => values.len() as u64,
            Cond::In(field, values) => {
                let Some(column) = self.values(field) else { return u64::MAX };
                values.iter().filter_map(|it| column.owners(&key_of(it)?)).map(Ids::len).sum()
            }
            Cond::Found(_, text) if !text.trim().is_empty() => self.all.len() / 16,
            Cond::Field(..) | Cond::Between(..) => self.all.len() / 4,
            Cond::Found(..) | Cond::Not(_) | Cond::Empty(_) => self.all.len(),
        }
    }

    /// A test of one field's values: the union of those who have one that passes.
    fn pieces(&self, cond: &Cond, base: &RoaringBitmap) -> RoaringBitmap {
        let (Cond::In(field, _) | Cond::Between(field, ..) | Cond::Field(field, ..)) = cond else {
            return RoaringBitmap::new();
        };
        let Some(column) = self.values(field) else { return self.ids_in(cond, base) };
        let Some(sought) = Sought::of(cond) else { return RoaringBitmap::new() };
        let asked = (ptr::from_ref(column).addr(), sought);
        self.remembered(asked, column.changes(), base, |sought| match sought {
            Sought::Values(keys) => keys.iter().filter_map(|it| column.owners(it)).collect(),
            Sought::Range(low, high) => column.within((low.clone(), high.clone())),
            Sought::Alike(test, text) => alike(column, field, *test, text),
            Sought::Word(_) | Sought::Span(..) => Vec::new(),
        })
    }

    /// Those of `base` whom a test of values is true of: as it is remembered, or of what `find` finds now.
    fn remembered<'p>(
        &self,
        asked: Asked,
        changes: u64,
        base: &RoaringBitmap,
        find: impl FnOnce(&Sought) -> Vec<Ids<'p>>,
    ) -> RoaringBitmap {
        if let Some(found) = self.memo.known(&asked, changes) {
            return self.part(&found, base);
        }
        match find(&asked.1).as_slice() {
            [Ids::Many(one)] if !asked.1.is_looked_through() => self.part(one, base),
            [one] if !asked.1.is_looked_through() => one.within(base),
            // What is left of few is quickly taken from each.
            several if self.is_few(base) && !asked.1.is_looked_through() => {
                several.iter().map(|it| it.within(base)).union()
            }
            several => {
                let found = Arc::new(union(several.iter().copied()));
                self.memo.keep(asked, changes, &found);
                self.part(&found, base)
            }
        }
    }

    /// Those of `base` who are in a set.
    fn part(&self, set: &RoaringBitmap, base: &RoaringBitmap) -> RoaringBitmap {
        if self.is_all(base) { set.clone() } else { set & base }
    }

    fn is_all(&self, base: &RoaringBitmap) -> bool {
        ptr::eq(base, &raw const self.all)
    }

    /// Whether it takes less time to ask it of each of these than to find all of whom it is true.
    fn is_few(&self, base: &RoaringBitmap) -> bool {
        !self.is_all(base) && base.len() < 1000
    }

    /// The same for the ID, which has no column.
    fn ids_in(&self, cond: &Cond, base: &RoaringBitmap) -> RoaringBitmap {
        let id = |value: &Value| if let Value::Int(it) = value { *it } else { 0 };
        let (from, until) = match cond {
            Cond::Between(_, low, high) => (id(low), id(high)),
            Cond::Field(_, Test::Lt, value) => (i64::MIN, id(value).saturating_sub(1)),
            Cond::Field(_, Test::Le, value) => (i64::MIN, id(value)),
            Cond::Field(_, Test::Gt, value) => (id(value).saturating_add(1), i64::MAX),
            Cond::Field(_, Test::Ge, value) => (id(value), i64::MAX),
            Cond::Field(_, _, value) => (id(value), id(value)),
            _ => return RoaringBitmap::new(),
        };
        let clamp = |it: i64| u32::try_from(it.clamp(0, i64::from(u32::MAX))).unwrap_or(0);
        if from > until || until < 0 || from > i64::from(u32::MAX) {
            return RoaringBitmap::new();
        }
        let mut range = RoaringBitmap::new();
        range.insert_range(clamp(from)..=clamp(until));
        range & base
    }

    /// Every word has to be found, in any order. Nothing typed finds everyone; something without a letter finds no one.
    fn found(&self, field: &Field, text: &str, base: &RoaringBitmap) -> RoaringBitmap {
        let sought = words(text);
        if sought.is_empty() {
            return if text.trim().is_empty() { base.clone() } else { RoaringBitmap::new() };
        }
        let Some(search) = self.spec.searches.iter().find(|(name, _)| *name == field.name) else {
            return RoaringBitmap::new();
        };
        let columns = search.1.iter().filter_map(|name| self.column(name));
        let changes = self.renamed + columns.map(Column::changes).sum::<u64>();
        let mut left = None;
        for word in sought.iter().take(MOST_WORDS) {
            let asked = (ptr::from_ref(search).addr(), Sought::Word(word.as_str().into()));
            left = Some(self.remembered(asked, changes, left.as_ref().unwrap_or(base), |_| {
                search.1.iter().flat_map(|name| self.begins(name, word)).collect()
            }));
        }
        left.unwrap_or_default()
    }

    fn begins(&self, name: &str, word: &str) -> Vec<Ids<'_>> {
        let Some(column) = self.column(name) else { return Vec::new() };
        if self.spec.named.is_none_or(|it| it.0 != name) {
            return column.begins(word);
        }
        let names = self.names.range::<str, _>((Included(word), Unbounded)).take_while(|it| it.0.starts_with(word));
        names.flat_map(|(_, values)| values).filter_map(|it| column.owners(&Key::Int(*it))).collect()
    }

    /// How many records and how many different values it holds.
    pub(super) fn size(&self) -> (u64, usize) {
        (self.all.len(), self.columns.iter().map(|(_, held)| held.len()).sum())
    }
}

fn is_like(cond: &Cond) -> bool {
    matches!(cond, Cond::Field(_, Test::Contains | Test::Like, _))
}

/// A part of a condition of which all parts have to hold.
enum Part<'t, 'c> {
    Cond(&'c Cond),
    Span(&'t Times, Span),
}
