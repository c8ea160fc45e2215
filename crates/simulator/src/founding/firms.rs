//! Plants, laboratories, hospitals and carriers of a large city.

use domain::access::Role;
use serde_json::{Value, json};

use super::sources::{Kind, Trade};
use super::{Founding, Store, plan_line, stream};

/// Above this mass a month a plant has a building for its waste, not a corner.
const POINT_MONTHLY_G: i64 = 600_000;
const POINT_G: i64 = 3_000_000;
/// Months that a plant's storage holds.
const STORED_MONTHS: i64 = 8;
/// What a plan allows, of a usual year, permille.
const PLANNED: i64 = 1_500;
/// Plants, of a thousand, whose plan sets a storage term that they will not keep.
const SHORT_TERM: i64 = 30;
/// Terms, days.
const TERM: i64 = 365;
const SHORT: i64 = 30;
const MEDICAL_TERM: i64 = 2;
/// Loads of trucks, grams.
const LOADS: [(i64, &str); 5] = [
    (8_000_000, "van"),
    (10_000_000, "van"),
    (12_000_000, "tanker"),
    (15_000_000, "stake"),
    (20_000_000, "tanker"),
];
const MEDICAL_LOAD: i64 = 3_000_000;

impl Founding<'_> {
    /// Plants of every trade.
    pub(super) fn plants(&mut self) -> Option<()> {
        let sources = self.sources;
        for trade in &sources.trades {
            for n in 1..=sources.living.plants.get(&trade.key).copied().unwrap_or(0) {
                self.plant(trade, &format!("{}-{n:02}", trade.key))?;
            }
        }
        Some(())
    }

    fn plant(&mut self, trade: &Trade, key: &str) -> Option<()> {
        let medical = trade.kind == Kind::Hospital;
        let firm = self.mint.firm(&trade.noun.zh, &trade.noun.en, if medical { "12" } else { "91" })?;
        let names = self.sources.names.stores.clone();
        let extra = json!({"kinds": ["enterprise"], "industry_code": trade.industry_code});
        let site = self.organisation(key, &firm, extra, Some((names.site.as_str(), trade.tier.as_str())));
        let share = if medical { 1_000 } else { self.sources.living.masses_permille };
        let monthly = trade
            .streams
            .iter()
            .map(|w| self.mint.chance.between(w.monthly_g.0, w.monthly_g.1) * share / 1_000);
        let monthly: Vec<i64> = monthly.collect();
        let all: i64 = monthly.iter().sum();
        let short = self.mint.chance.permille(SHORT_TERM);
        let small = all <= POINT_MONTHLY_G && trade.tier == "registration" && !medical;
        let from = self.facility(&site, "MF0001", &trade.facility, ("generating", "production"));
        let (name, kind) = match (medical, small) {
            (true, _) => (&names.medical, "warehouse"),
            (false, true) => (&names.point, "point"),
            (false, false) => (&names.general, "warehouse"),
        };
        let ample = (all * STORED_MONTHS / 1_000_000 + 1) * 1_000_000;
        let store = Store {
            kind,
            capacity_g: if small { POINT_G } else { ample.max(POINT_G) },
            accepts: trade.streams.iter().map(|w| w.code.clone()).collect(),
            limit_days: match (medical, short) {
                (true, _) => MEDICAL_TERM,
                (false, true) => SHORT,
                (false, false) => TERM,
            },
        };
        let store = self.store(&site, "TS001", name, store);
        let mut lines = Vec::new();
        for (waste, monthly_g) in trade.streams.iter().zip(&monthly) {
            let (receiver, carrier) = self.destination(key, &waste.way, monthly_g * 12)?;
            let mut made = stream(waste, (key, &site), (&from, &store), "production");
            made.monthly_g = *monthly_g;
            made.receiver = Some(receiver);
            made.carrier = Some(carrier);
            made.method_code = self.method(&waste.way);
            made.wait_days = Some(trade.wait_days);
            made.season_permille.clone_from(&trade.season_permille);
            made.daily = trade.daily;
            self.data.streams.push(made);
            lines.push(plan_line(
                waste,
                (monthly_g * 12 * PLANNED / 1_000).max(waste.container_g * 12),
                &store,
            ));
        }
        self.data.plans.push(json!({"key": format!("{key}-plan"), "site": site, "lines": lines}));
        if trade.tier == "key" {
            self.account(format!("{key}-clerk"), key, &[Role::Clerk], None, None);
            self.account(format!("{key}-manager"), key, &[Role::Manager], None, None);
        } else {
            self.account(format!("{key}-manager"), key, &[Role::Clerk, Role::Manager], None, None);
        }
        Some(())
    }

    /// Carriers with trucks, terminals, drivers and escorts.
    pub(super) fn carriers(&mut self) -> Option<()> {
        let carriers = self.sources.living.carriers.clone();
        let noun = self.sources.names.carrier.clone();
        let numbers = self.sources.names.numbers.clone();
        for n in 1..=carriers.count {
            let key = format!("carrier-{n:02}");
            let firm = self.mint.firm(&noun.zh, &noun.en, "91")?;
            let licence = format!("{}{}{:04}", numbers.carrier, self.sources.county, 100 + n);
            let extra = json!({
                "kinds": ["carrier"], "industry_code": Value::Null, "dangerous_goods_licence_no": licence,
                "dangerous_goods_valid_to": "+30m",
            });
            self.organisation(&key, &firm, extra, None);
            let medical = n <= carriers.medical;
            let of = if medical { &mut self.medical } else { &mut self.carriers };
            of.push(key.clone());
            let trucks = carriers.trucks / carriers.count
                + usize::from(n > carriers.count - carriers.trucks % carriers.count);
            for truck in 1..=trucks {
                self.truck(&key, truck, medical);
            }
            self.account(format!("{key}-dispatcher"), &key, &[Role::Dispatcher], None, None);
        }
        Some(())
    }

    fn truck(&mut self, carrier: &str, n: usize, medical: bool) {
        let (plate, certificate, terminal) = self.mint.truck();
        let (load_g, kind) = match self.mint.pick(&LOADS) {
            Some((load_g, kind)) if !medical => (*load_g, *kind),
            _ => (MEDICAL_LOAD, "medical"),
        };
        let key = format!("{carrier}-v{n}");
        self.data.vehicles.push(json!({
            "key": key, "org": carrier, "plate": plate, "plate_colour": if medical { "blue" } else { "yellow" },
            "transport_cert_no": certificate, "valid_to": "+20m", "load_g": load_g, "vehicle_kind": kind,
        }));
        let newer = self.mint.chance.permille(500);
        let chinese = self.mint.chance.permille(100);
        self.data.devices.push(json!({
            "key": format!("{key}-t"), "org": carrier, "vehicle": key, "terminal_number": terminal,
            "protocol": if newer { "jt808_2019" } else { "jt808_2013" },
            "datum": if chinese { "gcj02" } else { "wgs84" }, "maker": "DEMO", "model": "WF-SIM",
        }));
        for duty in ["driver", "escort"] {
            let (name, phone, certificate) = (self.mint.person(), self.mint.phone(), self.mint.certificate());
            let crew = format!("{carrier}-{duty}{n}");
            self.data.crew.push(json!({
                "key": crew, "org": carrier, "name": name, "phone": phone, "duty": duty,
                "cert_no": certificate, "valid_to": "+18m",
            }));
            // One driver of each carrier signs with an account of their own.
            if duty == "driver" && n == 1 {
                self.account(format!("{carrier}-driver"), carrier, &[Role::Driver], Some(name), Some(crew));
            }
        }
    }
}
