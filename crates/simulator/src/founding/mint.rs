//! Serial things of a large city: codes with valid check characters, plates, terminals, telephones, names and places.
//! Every draw comes from one stream of chance, so a seed gives the same city.

use std::collections::BTreeSet;

use domain::codes::CreditCode;
use geo::Point;

use super::sources::{Sources, Town};
use crate::chance::Chance;

/// First serials: below them are the firms of the small city.
const FIRST_FIRM: usize = 101;
const FIRST_PHONE: usize = 1_001;
const FIRST_CREW: usize = 101;
const FIRST_TERMINAL: usize = 201;
const FIRST_PLATE: usize = 9_501;
/// A firm is at most so far from its town's seat.
const SPREAD_M: i64 = 2_400;

/// A firm's name and place.
pub(super) struct Firm {
    pub name: String,
    pub short_name: String,
    pub name_en: String,
    pub credit_code: String,
    pub division_code: String,
    pub address: String,
    pub point: Point,
}

/// Draws and counts.
pub(super) struct Mint<'a> {
    sources: &'a Sources,
    inside: &'a dyn Fn(Point) -> bool,
    pub chance: Chance,
    taken: BTreeSet<String>,
    firms: usize,
    phones: usize,
    crew: usize,
    trucks: usize,
}

impl<'a> Mint<'a> {
    pub fn new(sources: &'a Sources, inside: &'a dyn Fn(Point) -> bool, chance: Chance) -> Self {
        Self { sources, inside, chance, taken: BTreeSet::new(), firms: 0, phones: 0, crew: 0, trucks: 0 }
    }

    /// An element of a list.
    pub fn pick<'b, T>(&mut self, list: &'b [T]) -> Option<&'b T> {
        let last = i64::try_from(list.len()).unwrap_or(0) - 1;
        list.get(usize::try_from(self.chance.between(0, last)).unwrap_or(0))
    }

    fn town(&mut self) -> Option<&'a Town> {
        let sources = self.sources;
        let towns = &sources.living.towns;
        let all: i64 = towns.iter().map(|t| t.weight).sum();
        let mut drawn = self.chance.between(1, all);
        towns.iter().find(|t| {
            drawn -= t.weight;
            drawn <= 0
        })
    }

    /// A place in a town: nearer to its seat than to any other, and inside the city.
    fn place(&mut self, town: &Town) -> Option<Point> {
        let seat = *self.sources.seats.get(&town.code)?;
        let others = self.sources.seats.iter().filter(|(code, _)| **code != town.code);
        let nearest = others.map(|(_, p)| p.distance_m(seat)).fold(f64::INFINITY, f64::min);
        for _ in 0..40 {
            let turn = if town.river { self.chance.between(95, 265) } else { self.chance.between(0, 359) };
            let metres = self.chance.between(250, SPREAD_M);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let (turn, metres) = (turn as f64, (metres as f64).min(nearest * 0.45));
            let point = seat.destination(turn, metres);
            if (self.inside)(point) {
                return Some(point);
            }
        }
        Some(seat)
    }

    /// A new firm of this noun; `body` is what its credit code begins with: 91 firms, 12 institutions.
    pub fn firm(&mut self, zh: &str, en: &str, body: &str) -> Option<Firm> {
        let sources = self.sources;
        let names = &sources.names;
        let town = self.town()?;
        let brand = loop {
            let brand = self.pick(&names.brands)?;
            if self.taken.insert(format!("{}{}{zh}", town.place, brand.zh)) {
                break brand;
            }
            if self.taken.len() > names.brands.len() * self.sources.living.towns.len() {
                return None;
            }
        };
        let short_name = format!("{}{}{zh}", town.place, brand.zh);
        let road = self.pick(&names.roads)?.clone();
        let number = self.chance.between(1, 299).to_string();
        let address = names.address.replace("{town}", &town.place).replace("{road}", &road);
        let point = self.place(town)?;
        let credit_code = credit_code(body, &self.sources.county, FIRST_FIRM + self.firms)?;
        self.firms += 1;
        Some(Firm {
            name: format!("{}{short_name}", names.prefix.zh),
            name_en: format!("{}{} {} {en}", names.prefix.en, town.en, brand.en),
            short_name,
            credit_code,
            division_code: town.code.clone(),
            address: address.replace("{no}", &number),
            point,
        })
    }

    /// A person's name.
    pub fn person(&mut self) -> String {
        let sources = self.sources;
        let names = &sources.names;
        let surname = self.pick(&names.surnames).cloned().unwrap_or_default();
        let given = self.pick(&names.given).cloned().unwrap_or_default();
        format!("{surname}{given}")
    }

    /// A telephone that does not exist.
    pub fn phone(&mut self) -> String {
        self.phones += 1;
        format!("{}{:04}", self.sources.living.phone_prefix, FIRST_PHONE + (self.phones - 1) % 8_999)
    }

    /// Serial of a crew member's certificate.
    pub fn certificate(&mut self) -> String {
        self.crew += 1;
        format!("{}{:06}", self.sources.names.numbers.crew, FIRST_CREW + self.crew - 1)
    }

    /// Plate, certificate and terminal number of a new truck.
    pub fn truck(&mut self) -> (String, String, String) {
        let n = self.trucks;
        self.trucks += 1;
        let living = &self.sources.living;
        (
            format!("{}{:04}", living.plate_prefix, FIRST_PLATE + n),
            format!("{}{}{:06}", self.sources.names.numbers.vehicle, self.sources.county, FIRST_FIRM + n),
            format!("{}{:03}", living.terminal_prefix, FIRST_TERMINAL + n),
        )
    }
}

/// A social credit code that nobody has: a valid one over an invented body.
fn credit_code(body: &str, county: &str, serial: usize) -> Option<String> {
    let organisation = format!("DEM{serial:05}");
    let check = organisation_check(&organisation)?;
    let code = format!("{body}{county}{organisation}{check}");
    let last = CreditCode::check_character(&code)?;
    Some(format!("{code}{last}"))
}

/// Check character of GB 11714 for an organisation code of eight characters.
fn organisation_check(code: &str) -> Option<char> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        code.chars().zip(WEIGHTS).map(|(c, w)| c.to_digit(36).map(|v| v * w)).sum::<Option<u32>>()?;
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        n => char::from_digit(n, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::credit_code;

    #[test]
    fn credit_codes_are_those_of_the_small_city() {
        assert_eq!(credit_code("91", "320281", 1).as_deref(), Some("91320281DEM000014L"));
        assert_eq!(credit_code("12", "320281", 7).as_deref(), Some("12320281DEM000073W"));
    }
}
