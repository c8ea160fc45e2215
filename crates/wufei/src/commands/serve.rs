//! `wufei serve`: the production start, and the way back in when every administrator is locked out.

use std::sync::Arc;

use app::identity::{bootstrap, demo};
use app::kit::Kit;
use app::kit::clock::{RandomIds, SystemClock};

use super::{log, say};
use crate::Failure;
use crate::cli::{ResetPassword, Serve};
use crate::config::{self, Ready};
use crate::house::{self, Plan};
use crate::live;
use crate::server::metrics::Access;
use crate::server::{Options, run as server};

async fn house(ready: &Ready) -> Result<Arc<Kit>, Failure> {
    let kit = house::open(Plan {
        url: ready.url.clone(),
        data_dir: ready.data_dir.clone(),
        profile: ready.profile.clone(),
        settings: ready.settings.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        past: None,
    })
    .await?;
    if demo::any(&kit.db).await? {
        return Err(Failure::new(
            "this database holds demonstration accounts with a public password; a city starts with an empty database",
        ));
    }
    Ok(kit)
}

/// Starts the server and stays until a signal comes.
pub async fn run(options: Serve) -> Result<(), Failure> {
    let ready = config::load(&options.config)?;
    log(ready.config.log_format, "info");
    let kit = house(&ready).await?;
    first_start(&kit).await?;
    let listener = server::listen(ready.config.listen).await?;
    let address = listener.local_addr()?;
    let gateway = match ready.config.gateway {
        Some(address) => Some((live::listen(address)?, ready.config.gateway_limits.clone())),
        None => None,
    };
    let terminals = gateway.as_ref().and_then(|(l, _)| l.local_addr().ok());
    let live = Box::pin(live::open_live(&kit, &ready.data_dir)).await?;
    let metrics = Access::new(ready.config.metrics_token.as_deref());
    let options = Options { trusted_proxy: ready.config.trusted_proxy, metrics };
    let url = ready.settings.public_url;
    let house = Arc::clone(&kit);
    let beside = |stop: &_| live.start(&house, gateway, stop);
    let said = || {
        if let Some(terminals) = terminals {
            say(&format!("terminals at 终端接入: {terminals} (JT/T 808)"));
        }
        say(&format!("无废 ready at http://{address} ({url})"));
    };
    server::until_signal(kit, listener, options, beside, said).await
}

/// Fills an empty database with the city's organisations, its programme and the three administrators.
async fn first_start(kit: &Arc<Kit>) -> Result<(), Failure> {
    app::registry::seed::city(kit).await?;
    app::governance::programme::seed::city(kit).await?;
    let made = bootstrap::administrators(kit).await?;
    if made.is_empty() {
        return Ok(());
    }
    say(
        "First start: one-time passwords of the three administrators, shown only now 首次启动:三员一次性口令,仅显示一次",
    );
    for admin in made {
        say(&format!("  {:<12} {:<16} {}", admin.login, admin.role, admin.password));
    }
    Ok(())
}

/// Sets a new one-time password.
pub async fn reset_password(options: ResetPassword) -> Result<(), Failure> {
    let ready = config::load(&options.config)?;
    log(ready.config.log_format, "warn");
    let kit = house(&ready).await?;
    let password = bootstrap::recover(&kit, &options.login).await?;
    say(&format!("{}  {password}", options.login));
    Ok(())
}
