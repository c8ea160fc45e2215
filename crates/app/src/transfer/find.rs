//! How documents are found among a million: by party, carrier, driver, code or words, each way by an index that has the
//! list's order. The same documents as [`super::list::within`] allows, never more.

use db::{DbError, Sql, Value as Sv};

use crate::kit::{Filter, Reach, Way, like};
use crate::registry::words;

/// Legs of a document, under an alias.
fn leg(alias: &str) -> ([String; 2], [(&'static str, String); 2]) {
    (
        [
            format!("manifest_leg {alias}"),
            format!("{alias}.tenant_id = m.tenant_id and {alias}.manifest_id = m.id"),
        ],
        [("m.created_at", format!("{alias}.created_at")), ("m.id", format!("{alias}.manifest_id"))],
    )
}

fn through(alias: &str, condition: &str, values: impl IntoIterator<Item = Sv>) -> Way {
    let ([table, link], columns) = leg(alias);
    let columns = columns.each_ref().map(|(list, own)| (*list, own.as_str()));
    Way::through((&table, &link), condition, values, &columns)
}

/// Documents that an organisation carries or carried. The last carrier stands on the document itself, earlier ones have
/// legs that another leg followed.
pub(super) fn carried(carrier: &str, alias: &str) -> Vec<Way> {
    vec![
        Way::on("m.carrier_id = ?", [Sv::from(carrier)]),
        through(alias, &format!("{alias}.carrier_id = ? and {alias}.followed = true"), [Sv::from(carrier)])
            .few(),
    ]
}

/// Documents with a waste code on a line.
pub(super) fn lists(tenant: &str, code: &str, alias: &str) -> Way {
    let table = format!("manifest_line {alias}");
    let link = format!("{alias}.tenant_id = m.tenant_id and {alias}.manifest_id = m.id");
    let (at, id) = (format!("{alias}.created_at"), format!("{alias}.manifest_id"));
    Way::through(
        (&table, &link),
        &format!("{alias}.tenant_id = ? and {alias}.waste_code = ?"),
        [Sv::from(tenant), Sv::from(code)],
        &[("m.created_at", &at), ("m.id", &id)],
    )
}

/// Adds the caller's reach where few rows are left already: conditions on what is found, which no index answers.
pub(super) fn within_few(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::Town(code) => {
            let code = || Sv::from(code.as_str());
            filter.and(
                "m.released and (coalesce(m.consignor_town, '') = ? or coalesce(m.receiver_town, '') = ?)",
                [code(), code()],
            );
        }
        Reach::Org(org) | Reach::Party(org) => {
            let org = || Sv::from(org.as_str());
            filter.and(
                "(coalesce(m.consignor_id, '') = ? or (m.released and (coalesce(m.receiver_id, '') = ? \
                 or coalesce(m.carrier_id, '') = ? or exists (select 1 from manifest_leg l \
                 where l.tenant_id = m.tenant_id and l.manifest_id = m.id and coalesce(l.carrier_id, '') = ?))))",
                [org(), org(), org(), org()],
            );
        }
        Reach::City | Reach::Assigned { .. } => super::list::within(reach, filter),
    }
}

/// Adds the caller's reach, as ways that indexes answer.
pub(super) fn reachable(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::City => {
            filter.and("m.released", []);
        }
        Reach::Town(code) => {
            let code = || [Sv::from(code.as_str())];
            filter.and("m.released", []);
            filter.any(vec![Way::on("m.consignor_town = ?", code()), Way::on("m.receiver_town = ?", code())]);
        }
        Reach::Org(org) | Reach::Party(org) => {
            let org = || [Sv::from(org.as_str())];
            let followed = "m.released and lr.carrier_id = ? and lr.followed = true";
            filter.any(vec![
                Way::on("m.consignor_id = ?", org()),
                Way::on("m.released and m.receiver_id = ?", org()),
                Way::on("m.released and m.carrier_id = ?", org()),
                through("lr", followed, org()).few(),
            ]);
        }
        Reach::Assigned { org_id, account_id } => {
            filter.and("m.released", []);
            let values = [Sv::from(org_id.as_str()), Sv::from(account_id.as_str())];
            filter.any(vec![through("lr", "lr.carrier_id = ? and lr.driver_account_id = ?", values)]);
        }
    }
}

/// Shortest part of a number that is looked for.
const DIGITS: usize = 6;

/// Ways in which a document fits words: a number by its beginning or its last six digits, firms and trucks by their
/// names, waste codes. Where few rows are left already, each of them is read.
pub(super) async fn by_words(
    sql: &mut dyn Sql,
    tenant: &str,
    words: &str,
    rare: bool,
) -> Result<Vec<Way>, DbError> {
    if rare {
        return Ok(vec![anywhere(words)]);
    }
    let named = words::named(sql, tenant, words).await?;
    let codes = words::codes_like(words);
    let (Some(orgs), Some(vehicles), Some(codes)) = (named.orgs, named.vehicles, codes) else {
        return Ok(vec![anywhere(words)]);
    };
    let mut ways = Vec::new();
    if words::is_number(words, DIGITS) {
        let upper = words.to_uppercase();
        ways.push(Way::gather("m.number >= ? and m.number < ?", words::beginning(&upper)));
        ways.push(Way::gather("m.internal_number >= ? and m.internal_number < ?", words::beginning(&upper)));
        let tail = upper.get(upper.len() - DIGITS..).unwrap_or_default();
        ways.push(Way::gather(
            "substr(m.number, length(m.number) - 5) = ? and m.number like ? escape '\\'",
            [Sv::from(tail), Sv::from(like(&upper))],
        ));
    }
    for org in orgs {
        ways.push(Way::on("m.consignor_id = ?", [Sv::from(org.as_str())]));
        ways.push(Way::on("m.receiver_id = ?", [Sv::from(org.as_str())]));
        ways.extend(carried(&org, "lw"));
    }
    ways.extend(vehicles.iter().map(|v| through("lw", "lw.vehicle_id = ?", [Sv::from(v.as_str())])));
    ways.extend(codes.iter().map(|code| lists(tenant, code, "nw")));
    Ok(ways)
}

/// Words that name nothing in particular: many rows fit, so a walk through the list meets them soon.
fn anywhere(words: &str) -> Way {
    let pattern = || Sv::Text(like(&words.to_lowercase()));
    Way::on(
        "lower(m.internal_number) like ? escape '\\' or m.number like ? escape '\\' \
         or lower(m.consignor_name) like ? escape '\\' or lower(m.receiver_name) like ? escape '\\' \
         or lower(m.carrier_name) like ? escape '\\' or lower(coalesce(m.plate, '')) like ? escape '\\' \
         or m.waste_codes like ? escape '\\'",
        (0..7).map(|_| pattern()).collect::<Vec<_>>(),
    )
}
