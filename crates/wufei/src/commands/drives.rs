//! The trucks and the people of a demonstration: their plans, written where processes of their own can read them, and
//! those processes, which end with this one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use app::kit::{Kit, Problem};
use app::monitoring::fleet::Fleet;
use domain::time::Zone;
use simulator::errands::Errands;

use super::say;
use crate::Failure;

/// Name of the plan in a data directory.
pub const PLAN_FILE: &str = "trucks.json";
/// Name of the people's errands in a data directory.
pub const ERRANDS_FILE: &str = "errands.json";

/// Writes the plan of the city's trucks into the data directory; answers where it is.
pub async fn write_plan(
    kit: &Arc<Kit>,
    data_dir: &Path,
    errands: &Errands,
    seed: u64,
) -> Result<PathBuf, Failure> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    let (tenant, now) = (kit.settings.tenant.clone(), kit.clock.now());
    let radius = f64::from(kit.settings.live.site_radius_m);
    let fleet = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Fleet::load(sql, &tenant, &zone, now, radius).await })
        })
        .await?;
    let plan = simulator::trucks::plan(kit, &fleet, errands, seed)
        .ok_or_else(|| Failure::new("the city's profile has no map for trucks to drive on"))?;
    let bytes = plan.write().map_err(|e| Failure::new(e.to_string()))?;
    let path = data_dir.join(PLAN_FILE);
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// Writes what the city's people do into the data directory; answers where it is.
pub fn write_errands(data_dir: &Path, errands: &Errands) -> Result<PathBuf, Failure> {
    let bytes = serde_json::to_vec(errands).map_err(|e| Failure::new(e.to_string()))?;
    let path = data_dir.join(ERRANDS_FILE);
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// A process beside this one. It ends when its standard input ends: when this is dropped, or when this process ends in
/// whatever way.
pub struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if self.0.wait().is_err() {
            tracing::warn!("a process of the demonstration cannot be waited for");
        }
    }
}

/// Starts the trucks; a demonstration without them is still one.
pub fn trucks(plan: &Path, gateway: SocketAddr) -> Option<Beside> {
    let child = start(&["trucks", "--until-eof", "--gateway", &gateway.to_string(), "--plan"], plan);
    child.map_err(|error| say(&format!("the trucks do not drive 模拟车辆未启动: {error}"))).ok()
}

/// Starts the people; a demonstration without them is still one.
pub fn people(errands: &Path, server: SocketAddr) -> Option<Beside> {
    let child = start(&["people", "--until-eof", "--server", &server.to_string(), "--errands"], errands);
    child.map_err(|error| say(&format!("the people do not work 模拟人员未启动: {error}"))).ok()
}

fn start(arguments: &[&str], file: &Path) -> std::io::Result<Beside> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).arg(file).stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().map(Beside)
}
