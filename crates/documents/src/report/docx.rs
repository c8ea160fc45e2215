//! A report as DOCX (Office Open XML, ISO/IEC 29500 transitional). Written here part by part, because each part is small
//! and must be the same bytes for the same report; `parts/` holds those that never change. Chinese type goes by the names
//! that every office has (仿宋, 宋体, 黑体, 楷体), with the names of the same fonts elsewhere beside them. This module
//! must never write a character that XML cannot hold, because then no program opens the file.

use std::fmt::Write as _;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::xml::escape;
use super::{Align, Block, Chart, Column, Point, Report, ReportError, Run, Source, Table};
use crate::civil;

/// Width of the text area in twentieths of a point: 156 mm.
const WIDTH: u32 = 8_845;
const NS: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// What bars are built of.
const BLOCK: char = '\u{2588}';
/// Blocks of the longest bar.
const BAR: usize = 18;

/// The report as DOCX. `created_at` is UTC microseconds.
///
/// # Errors
/// When it is larger than a report can be, or cannot be packed.
pub fn docx(report: &Report, created_at: i64) -> Result<Vec<u8>, ReportError> {
    report.check()?;
    let mut body = Body { out: String::new(), lists: 0, chinese: report.lang.starts_with("zh") };
    body.report(report);
    let document = format!(
        "{HEAD}<w:document {NS}><w:body>{}<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId5\"/>\
         <w:footerReference w:type=\"default\" r:id=\"rId6\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
         <w:pgMar w:top=\"1701\" w:right=\"1474\" w:bottom=\"1588\" w:left=\"1587\" w:header=\"851\" w:footer=\"851\" \
         w:gutter=\"0\"/></w:sectPr></w:body></w:document>",
        body.out
    );
    let (numbering, header) = (numbering(body.lists), header(report));
    let core = core(report, created_at);
    let parts: [(&str, &str); 12] = [
        ("[Content_Types].xml", include_str!("parts/content_types.xml")),
        ("_rels/.rels", include_str!("parts/package_rels.xml")),
        ("word/document.xml", &document),
        ("word/_rels/document.xml.rels", include_str!("parts/document_rels.xml")),
        ("word/styles.xml", include_str!("parts/styles.xml")),
        ("word/settings.xml", include_str!("parts/settings.xml")),
        ("word/fontTable.xml", include_str!("parts/fontTable.xml")),
        ("word/numbering.xml", &numbering),
        ("word/header1.xml", &header),
        ("word/footer1.xml", &footer()),
        ("docProps/core.xml", &core),
        ("docProps/app.xml", include_str!("parts/app.xml")),
    ];
    pack(&parts, created_at).map_err(|error| ReportError::Write(error.to_string()))
}

fn pack(parts: &[(&str, &str)], created_at: i64) -> zip::result::ZipResult<Vec<u8>> {
    let c = civil::utc(created_at);
    // A zip cannot say a time before 1980.
    let time =
        DateTime::from_date_and_time(c.year, c.month, c.day, c.hour, c.minute, c.second).unwrap_or_default();
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(time);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

fn core(report: &Report, created_at: i64) -> String {
    let c = civil::utc(created_at);
    let at =
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title>\
         <dc:creator>{}</dc:creator><dc:language>{}</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{at}</dcterms:modified></cp:coreProperties>",
        escape(&report.title),
        escape(&report.header),
        escape(&report.lang)
    )
}

/// Each list counts from one, so each has an instance of the one style of numbers.
fn numbering(lists: u32) -> String {
    let mut out = format!(
        "{HEAD}<w:numbering {NS}><w:abstractNum w:abstractNumId=\"0\"><w:multiLevelType w:val=\"singleLevel\"/>\
         <w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"decimal\"/><w:lvlText w:val=\"%1.\"/>\
         <w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"980\" w:hanging=\"420\"/></w:pPr></w:lvl></w:abstractNum>"
    );
    for n in 1..=lists {
        let _ = write!(
            out,
            "<w:num w:numId=\"{n}\"><w:abstractNumId w:val=\"0\"/><w:lvlOverride w:ilvl=\"0\">\
             <w:startOverride w:val=\"1\"/></w:lvlOverride></w:num>"
        );
    }
    out.push_str("</w:numbering>");
    out
}

fn header(report: &Report) -> String {
    let mark = report.mark.as_deref().map_or_else(String::new, |mark| {
        format!(
            "<w:r><w:tab/></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">{}</w:t></w:r>",
            escape(mark)
        )
    });
    format!(
        "{HEAD}<w:hdr {NS}><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr>\
         <w:r><w:t xml:space=\"preserve\">{}</w:t></w:r>{mark}</w:p></w:hdr>",
        escape(&report.header)
    )
}

fn footer() -> String {
    format!(
        "{HEAD}<w:ftr {NS}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/></w:pPr>\
         <w:r><w:t xml:space=\"preserve\">\u{2014} </w:t></w:r><w:fldSimple w:instr=\" PAGE \"><w:r><w:t>1</w:t></w:r>\
         </w:fldSimple><w:r><w:t xml:space=\"preserve\"> \u{2014}</w:t></w:r></w:p></w:ftr>"
    )
}

/// The body as it grows.
struct Body {
    out: String,
    lists: u32,
    chinese: bool,
}

impl Body {
    fn report(&mut self, report: &Report) {
        self.paragraph("Title", "", &[Run::plain(report.title.as_str())]);
        for line in &report.subtitle {
            self.paragraph("Subtitle", "", &[Run::plain(line.as_str())]);
        }
        for block in &report.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, label, text } => {
                let style = if *level <= 1 { "Heading1" } else { "Heading2" };
                self.paragraph(style, self.indent(), &[Run::plain(format!("{label}{text}"))]);
            }
            Block::Paragraph { runs } => self.paragraph("BodyText", self.indent(), runs),
            Block::Note { runs } => self.paragraph("Remark", "", runs),
            Block::List { items } => {
                self.lists += 1;
                let number =
                    format!("<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"{}\"/></w:numPr>", self.lists);
                for item in items {
                    self.paragraph("ListNumber", &number, item);
                }
            }
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
            Block::Sources { items } => items.iter().for_each(|source| self.source(source)),
        }
    }

    /// Chinese paragraphs begin two characters in.
    fn indent(&self) -> &'static str {
        if self.chinese { "<w:ind w:firstLineChars=\"200\" w:firstLine=\"560\"/>" } else { "" }
    }

    fn paragraph(&mut self, style: &str, more: &str, runs: &[Run]) {
        let _ = write!(self.out, "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>{more}</w:pPr>");
        self.runs(runs);
        self.out.push_str("</w:p>");
    }

    fn runs(&mut self, runs: &[Run]) {
        for run in runs {
            let mut look = String::new();
            if run.bold {
                look.push_str("<w:b/><w:bCs/>");
            }
            if run.text.starts_with(BLOCK) {
                look.push_str("<w:color w:val=\"1F6F5C\"/>");
            } else if run.missing {
                look.push_str("<w:color w:val=\"595959\"/><w:u w:val=\"dotted\"/>");
            }
            self.text(&look, &run.text);
            if let Some(mark) = &run.mark {
                self.text("<w:color w:val=\"1F6F5C\"/><w:vertAlign w:val=\"superscript\"/>", mark);
            }
        }
    }

    fn text(&mut self, look: &str, text: &str) {
        let look = if look.is_empty() { String::new() } else { format!("<w:rPr>{look}</w:rPr>") };
        let _ = write!(self.out, "<w:r>{look}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escape(text));
    }

    fn table(&mut self, table: &Table) {
        if !table.caption.is_empty() {
            self.paragraph("Caption", "", &[Run::plain(table.caption.as_str())]);
        }
        if table.columns.is_empty() {
            return;
        }
        let widths = widths(&table.columns);
        self.begin_table(&widths);
        let titles: Vec<[Run; 1]> =
            table.columns.iter().map(|c| [Run { bold: true, ..Run::plain(c.title.as_str()) }]).collect();
        self.row(true, &widths, titles.iter().map(|t| (Align::Center, t.as_slice())));
        for row in &table.rows {
            let cells = table.columns.iter().enumerate();
            let cells = cells.map(|(i, c)| (c.align, row.get(i).map_or(&[][..], Vec::as_slice)));
            self.row(false, &widths, cells);
        }
        self.end_table();
    }

    /// The chart as a table, with bars that a reader without sight hears as figures.
    fn chart(&mut self, chart: &Chart) {
        let titles = [chart.across.as_str(), "", chart.up.as_str()];
        let column = |title: &&str, align, width| Column { title: (*title).to_owned(), align, width };
        let columns: Vec<Column> = titles
            .iter()
            .zip([(Align::Left, 30), (Align::Left, 45), (Align::Right, 25)])
            .map(|(title, (align, width))| column(title, align, width))
            .collect();
        let rows =
            chart.points.iter().zip(chart.shares()).map(|(point, share)| bar_row(point, share)).collect();
        self.table(&Table { caption: chart.caption.clone(), columns, rows });
    }

    fn source(&mut self, source: &Source) {
        let mut runs = vec![
            Run::plain(format!("{} ", source.mark)),
            Run { bold: true, ..Run::plain(source.title.as_str()) },
            Run::plain(format!(" {}", source.text)),
        ];
        if let Some(link) = &source.link {
            runs.push(Run::plain(format!(" {link}")));
        }
        self.paragraph("Remark", "", &runs);
    }

    fn begin_table(&mut self, widths: &[u32]) {
        let _ = write!(
            self.out,
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"{WIDTH}\" w:type=\"dxa\"/>\
             <w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
        );
        for width in widths {
            let _ = write!(self.out, "<w:gridCol w:w=\"{width}\"/>");
        }
        self.out.push_str("</w:tblGrid>");
    }

    fn row<'a>(&mut self, head: bool, widths: &[u32], cells: impl Iterator<Item = (Align, &'a [Run])>) {
        self.out.push_str("<w:tr><w:trPr><w:cantSplit/>");
        self.out.push_str(if head { "<w:tblHeader/></w:trPr>" } else { "</w:trPr>" });
        for ((align, runs), width) in cells.zip(widths) {
            let shade = if head { "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F2F2F2\"/>" } else { "" };
            let _ = write!(
                self.out,
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>{shade}<w:vAlign w:val=\"center\"/></w:tcPr>"
            );
            let side = match align {
                Align::Left => "left",
                Align::Center => "center",
                Align::Right => "right",
            };
            self.paragraph("TableText", &format!("<w:jc w:val=\"{side}\"/>"), runs);
            self.out.push_str("</w:tc>");
        }
        self.out.push_str("</w:tr>");
    }

    /// Two tables without a paragraph between them would become one.
    fn end_table(&mut self) {
        self.out.push_str("</w:tbl>");
        self.paragraph("Remark", "", &[]);
    }
}

fn bar_row(point: &Point, share: Option<u16>) -> Vec<Vec<Run>> {
    let long = share.map_or(0, |share| (usize::from(share) * BAR).div_ceil(1000));
    let shown = Run { missing: share.is_none(), ..Run::plain(point.shown.as_str()) };
    vec![
        vec![Run::plain(point.label.as_str())],
        vec![Run::plain(BLOCK.to_string().repeat(long))],
        vec![shown],
    ]
}

/// The width of the page shared among the columns.
fn widths(columns: &[Column]) -> Vec<u32> {
    let weight = |c: &Column| u32::from(c.width.max(1));
    let all: u32 = columns.iter().map(weight).sum::<u32>().max(1);
    let mut left = WIDTH;
    let mut out: Vec<u32> = columns
        .iter()
        .map(|c| {
            let width = WIDTH * weight(c) / all;
            left -= width;
            width
        })
        .collect();
    if let Some(last) = out.last_mut() {
        *last += left;
    }
    out
}
