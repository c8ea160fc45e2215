//! Many clients at one container: exactly what it holds is given out, on both engines.

use super::*;
use crate::ledger::model::{OutputInput, RepackInput, TakeInput};
use crate::ledger::rules;

db::both! { migrations = crate::migrations();
    fn thirty_two_clients_cannot_overdraw_a_bag(db) {
        let h = Arc::new(House::new(db).await?);
        let bag = ids(&h.generate(&[1_000]).await?)[0].to_owned();
        let mut clients = Vec::new();
        for _ in 0..32 {
            let (h, bag) = (Arc::clone(&h), bag.clone());
            clients.push(tokio::spawn(async move {
                let input = RepackInput {
                    inputs: vec![TakeInput { lot_id: bag, mass_g: 100 }],
                    outputs: vec![OutputInput { packaging: "drum".into(), capacity_ml: None, mass_g: 100 }],
                    facility_id: Some(h.facility("plating-1-TS001")),
                    occurred_at: h.now(),
                };
                commands::repack(&h.kit, &h.plating, input).await
            }));
        }
        let mut accepted = 0;
        for client in clients {
            match client.await? {
                Ok(_) => accepted += 1,
                Err(problem) => {
                    let rule = rules_of(&problem)[0].to_owned();
                    assert!(rule == rules::OVERDRAWN || rule == rules::LOT_STATUS, "{problem}");
                }
            }
        }
        assert_eq!(accepted, 10);
        let stock = crate::ledger::stock::stock(&h.kit, &h.plating, &Default::default()).await?;
        assert_eq!((stock.mass_g, stock.containers), (1_000, 10));
        Ok(())
    }
}
