//! A report put together: the template's sentences filled with figures, each with the mark of its source, and the list of
//! sources at the end. This module must never change a figure; it groups digits and adds the unit, nothing else.

use std::collections::BTreeMap;

use documents::report::{Block, Chart, Column, Point, Report, Run, Source, Table};
use domain::time::Zone;

use super::figures::{Figure, Figures, Goal, Item, Origin, Series, Span};
use super::template::{Both, Part, Piece, Template, TextForm, fill, pieces};
use super::unit::Unit;
use crate::kit::Lang;

/// What a report is made from.
pub(super) struct Ingredients<'a> {
    pub(super) template: &'a Template,
    pub(super) unit: &'a Unit,
    pub(super) span: &'a Span,
    pub(super) figures: &'a Figures,
    pub(super) texts: &'a BTreeMap<String, String>,
    pub(super) lang: Lang,
    pub(super) zone: &'a Zone,
    /// What stands at the top of every page.
    pub(super) header: String,
    /// What marks a demonstration.
    pub(super) mark: Option<String>,
    /// Where the pages of the platform are; empty for relative addresses.
    pub(super) base: &'a str,
}

/// The report.
pub(super) fn report(from: &Ingredients<'_>) -> Report {
    let template = from.template;
    let parameters = parameters(from);
    let mut builder = Builder {
        from,
        parameters,
        blocks: Vec::new(),
        sources: Vec::new(),
        marks: BTreeMap::new(),
        tables: 0,
        charts: 0,
    };
    for (n, section) in template.sections.iter().enumerate() {
        builder.heading(1, n + 1, &section.title);
        let mut second = 0;
        for part in &section.parts {
            if matches!(part, Part::Heading { .. }) {
                second += 1;
            }
            builder.part(part, second);
        }
    }
    builder.heading(1, template.sections.len() + 1, &template.sources.title);
    let lead = builder.words(&template.sources.lead);
    builder.blocks.push(Block::Note { runs: vec![Run::plain(lead)] });
    let items = std::mem::take(&mut builder.sources);
    builder.blocks.push(Block::Sources { items });
    Report {
        lang: from.lang.tag().to_owned(),
        title: builder.words(&template.title),
        subtitle: template.subtitle.iter().map(|line| builder.words(line)).collect(),
        header: from.header.clone(),
        mark: from.mark.clone(),
        blocks: builder.blocks,
    }
}

fn parameters(from: &Ingredients<'_>) -> BTreeMap<&'static str, String> {
    let area = from.template.areas.get(from.unit.kind).map_or("", |area| area.of(from.lang));
    BTreeMap::from([
        ("area", area.to_owned()),
        ("as_of", from.zone.wall_clock(from.span.as_of)),
        ("from", from.span.from.to_string()),
        ("unit", from.unit.name(from.lang).to_owned()),
        ("until", from.span.until.to_string()),
        ("year", from.span.year.to_string()),
    ])
}

struct Builder<'a> {
    from: &'a Ingredients<'a>,
    parameters: BTreeMap<&'static str, String>,
    blocks: Vec<Block>,
    sources: Vec<Source>,
    /// Mark of every figure that was named already.
    marks: BTreeMap<String, String>,
    tables: usize,
    charts: usize,
}

impl Builder<'_> {
    fn text<'t>(&self, both: &'t Both) -> &'t str {
        both.of(self.from.lang)
    }

    /// A text with the parameters filled in.
    fn words(&self, both: &Both) -> String {
        let values: Vec<(&str, &str)> = self.parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        fill(self.text(both), &values)
    }

    fn heading(&mut self, level: u8, n: usize, text: &Both) {
        let label = self.from.template.labels.of(self.from.lang, usize::from(level), n).to_owned();
        let text = self.words(text);
        self.blocks.push(Block::Heading { level, label, text });
    }

    fn part(&mut self, part: &Part, second: usize) {
        match part {
            Part::Heading { heading } => self.heading(2, second, heading),
            Part::Sentence { sentence, missing } => {
                let runs = match missing.as_ref().and_then(|text| self.unknown(sentence, text)) {
                    Some(runs) => runs,
                    None => self.sentence(sentence),
                };
                self.blocks.push(Block::Paragraph { runs });
            }
            Part::Text { text, form, required } => self.free(text, *form, *required),
            Part::Chart { chart, form, caption, across, up } => {
                let Some(series) = self.from.figures.series.get(chart.as_str()) else { return };
                let caption = self.words(caption);
                if let Some(reason) = series.reason {
                    self.nothing(&caption, chart, reason, &series.origin);
                } else {
                    let mark = self.mark(chart, self.figure_name(chart), &series.origin);
                    self.charts += 1;
                    let caption = format!("{}{mark}", self.caption(true, &caption));
                    let points = points(series);
                    let (across, up) = (self.words(across), self.words(up));
                    self.blocks.push(Block::Chart(Chart { form: *form, caption, across, up, points }));
                }
            }
            Part::Table { table, caption, columns } => {
                let rows = match table.as_str() {
                    "indicators" => self.goals(columns),
                    _ => self.items(columns),
                };
                if rows.is_empty() {
                    return;
                }
                self.tables += 1;
                let caption = self.words(caption);
                let mut caption = self.caption(false, &caption);
                if let Some(origin) = self.from.figures.items.first().filter(|_| table == "programme") {
                    let mark = self.mark("programme.all", self.figure_name("programme.all"), &origin.origin);
                    caption.push_str(&mark);
                }
                let columns = columns
                    .iter()
                    .map(|c| Column { title: self.text(&c.title).to_owned(), align: c.align, width: c.width })
                    .collect();
                self.blocks.push(Block::Table(Table { caption, columns, rows }));
            }
        }
    }

    fn caption(&self, chart: bool, caption: &str) -> String {
        let captions = &self.from.template.captions;
        let (both, n) = if chart { (&captions.chart, self.charts) } else { (&captions.table, self.tables) };
        fill(self.text(both), &[("n", &n.to_string()), ("caption", caption)])
    }

    fn sentence(&mut self, sentence: &Both) -> Vec<Run> {
        let text = self.text(sentence).to_owned();
        pieces(&text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Words(words) => Run::plain(words),
                Piece::Name(name) => match self.parameters.get(name) {
                    Some(value) => Run::plain(value.as_str()),
                    None => self.figure(name),
                },
            })
            .collect()
    }

    /// What is said when none of a sentence's figures is there; `None` when one is.
    fn unknown(&mut self, sentence: &Both, said: &Both) -> Option<Vec<Run>> {
        let figures = &self.from.figures.figures;
        let names = pieces(self.text(sentence)).into_iter();
        let named: Vec<(&str, &Figure)> = names
            .filter_map(|piece| if let Piece::Name(name) = piece { Some(name) } else { None })
            .filter_map(|name| figures.get_key_value(name).map(|(key, figure)| (*key, figure)))
            .collect();
        let (name, first) = *named.first()?;
        if named.iter().any(|(_, figure)| figure.value.is_some()) {
            return None;
        }
        let reason = first.reason.unwrap_or("no_rows");
        let why = self.from.template.reasons.get(reason).map_or(reason, |why| self.text(why)).to_owned();
        let mut values: Vec<(&str, &str)> = self.parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        values.push(("reason", &why));
        let text = fill(self.text(said), &values);
        let mark = self.mark(name, self.figure_name(name), &first.origin);
        Some(vec![Run { missing: true, mark: Some(mark), ..Run::plain(text) }])
    }

    fn figure(&mut self, name: &str) -> Run {
        let Some(figure) = self.from.figures.figures.get(name) else {
            return Run { missing: true, ..Run::plain(self.missing("no_definition")) };
        };
        let mark = self.mark(name, self.figure_name(name), &figure.origin);
        let (text, missing) = self.shown(figure);
        Run { text, bold: !missing, missing, mark: Some(mark) }
    }

    fn shown(&self, figure: &Figure) -> (String, bool) {
        match (&figure.value, figure.reason) {
            (Some(value), _) => {
                let unit = self.from.template.units.get(figure.unit).map_or("{n}", |unit| self.text(unit));
                (fill(unit, &[("n", &grouped(value))]), false)
            }
            (None, reason) => (self.missing(reason.unwrap_or("no_rows")), true),
        }
    }

    fn missing(&self, reason: &str) -> String {
        let template = self.from.template;
        let why = template.reasons.get(reason).map_or(reason, |why| self.text(why));
        fill(self.text(&template.missing), &[("reason", why)])
    }

    /// Says that a chart or table cannot be, and why.
    fn nothing(&mut self, caption: &str, name: &str, reason: &str, origin: &Origin) {
        let mark = self.mark(name, self.figure_name(name), origin);
        let said = Run { missing: true, mark: Some(mark), ..Run::plain(self.missing(reason)) };
        self.blocks.push(Block::Note { runs: vec![Run::plain(caption), said] });
    }

    fn figure_name(&self, name: &str) -> String {
        self.from.template.figures.get(name).map_or(name, |name| self.text(name)).to_owned()
    }

    fn free(&mut self, key: &str, form: TextForm, required: bool) {
        let text = self.from.texts.get(key).map_or("", String::as_str);
        let lines: Vec<Vec<Run>> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| vec![Run::plain(line)])
            .collect();
        if lines.is_empty() {
            if required {
                let said = Run { missing: true, ..Run::plain(self.text(&self.from.template.no_text)) };
                self.blocks.push(Block::Paragraph { runs: vec![said] });
            }
            return;
        }
        match form {
            TextForm::List => self.blocks.push(Block::List { items: lines }),
            TextForm::Paragraphs => {
                self.blocks.extend(lines.into_iter().map(|runs| Block::Paragraph { runs }));
            }
        }
    }

    fn goals(&mut self, columns: &[super::template::Column]) -> Vec<Vec<Vec<Run>>> {
        let goals = &self.from.figures.goals;
        goals.iter().map(|goal| columns.iter().map(|c| vec![self.goal(goal, &c.key)]).collect()).collect()
    }

    fn goal(&mut self, goal: &Goal, column: &str) -> Run {
        match column {
            "code" => Run::plain(goal.code.as_str()),
            "name" => Run::plain(goal.name.as_str()),
            "unit" => Run::plain(goal.unit.as_str()),
            "target" => Run::plain(goal.target.as_deref().map_or_else(|| "\u{2014}".to_owned(), grouped)),
            "light" => Run::plain(self.light(goal.light)),
            _ => {
                let title = format!("{} {}", goal.code, goal.name);
                let mark = self.mark(&format!("indicator.{}", goal.code), title, &goal.origin);
                match &goal.value {
                    Some(value) => Run { bold: true, mark: Some(mark), ..Run::plain(grouped(value)) },
                    None => {
                        let why = goal.reason.as_deref().unwrap_or("not_filled");
                        Run { missing: true, mark: Some(mark), ..Run::plain(self.missing(why)) }
                    }
                }
            }
        }
    }

    fn items(&mut self, columns: &[super::template::Column]) -> Vec<Vec<Vec<Run>>> {
        let items = &self.from.figures.items;
        items.iter().map(|item| columns.iter().map(|c| vec![self.item(item, &c.key)]).collect()).collect()
    }

    fn item(&self, item: &Item, column: &str) -> Run {
        let dash = || "\u{2014}".to_owned();
        match column {
            "code" => Run::plain(item.code.as_str()),
            "name" => Run::plain(item.name.as_str()),
            "due" => Run::plain(item.due.clone().unwrap_or_else(dash)),
            "progress" => Run::plain(item.progress.clone().unwrap_or_else(dash)),
            _ => Run::plain(self.light(item.light)),
        }
    }

    fn light(&self, light: &str) -> String {
        self.from.template.lights.get(light).map_or(light, |word| self.text(word)).to_owned()
    }

    /// The mark of a figure's source; the same one each time it is named.
    fn mark(&mut self, name: &str, title: String, origin: &Origin) -> String {
        if let Some(mark) = self.marks.get(name) {
            return mark.clone();
        }
        let mark = mark(self.sources.len() + 1);
        let sources = &self.from.template.sources;
        let state = origin.state.and_then(|state| sources.states.get(state)).map_or("", |s| self.text(s));
        let rows = grouped(&origin.rows.to_string());
        let text = sources.origins.get(origin.kind).map_or("", |text| self.text(text));
        let mut values: Vec<(&str, &str)> = self.parameters.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let version = origin.version.as_deref().unwrap_or("\u{2014}");
        values.extend([("rows", rows.as_str()), ("state", state), ("version", version)]);
        let text = fill(text, &values);
        let link = Some(format!("{}{}", self.from.base, origin.link));
        self.sources.push(Source { mark: mark.clone(), title, text, link });
        self.marks.insert(name.to_owned(), mark.clone());
        mark
    }
}

fn points(series: &Series) -> Vec<Point> {
    series
        .points
        .iter()
        .map(|(label, value)| Point {
            label: label.clone(),
            value: value.clone(),
            shown: value.as_deref().map_or_else(|| "\u{2014}".to_owned(), grouped),
        })
        .collect()
}

/// The `n`th mark: a number in a circle up to fifty, in brackets beyond.
fn mark(n: usize) -> String {
    let at = |first: u32, from: usize| {
        u32::try_from(n - from).ok().and_then(|more| char::from_u32(first + more)).map(String::from)
    };
    match n {
        1..=20 => at(0x2460, 1),
        21..=35 => at(0x3251, 21),
        36..=50 => at(0x32B1, 36),
        _ => None,
    }
    .unwrap_or_else(|| format!("[{n}]"))
}

/// A decimal with its thousands apart.
pub(super) fn grouped(value: &str) -> String {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return value.to_owned();
    }
    let mut out = String::from(sign);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_nothing_else_changes() {
        for (value, shown) in [
            ("0", "0"),
            ("-1234.5670", "-1,234.5670"),
            ("1000000", "1,000,000"),
            ("999", "999"),
            ("12.5", "12.5"),
            ("n/a", "n/a"),
            ("", ""),
        ] {
            assert_eq!(grouped(value), shown);
        }
    }

    #[test]
    fn marks_count_on_beyond_the_circles() {
        let all: Vec<String> = [1, 20, 21, 35, 36, 50, 51].into_iter().map(mark).collect();
        assert_eq!(all, ["①", "⑳", "㉑", "㉟", "㊱", "㊿", "[51]"]);
    }
}
