//! In-memory parts that a context keeps beside the database (session cache, rate limits, the trace graph):
//! one of each type per house. They can always be rebuilt from the database and must never be the record.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

type Held = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// The parts of one house, by type.
#[derive(Default)]
pub struct Parts(RwLock<Held>);

impl Parts {
    /// The part of type `T`, made by `make` when first asked for.
    pub fn get_or<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let id = TypeId::of::<T>();
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(part) = held.and_then(|p| p.downcast::<T>().ok()) {
            return part;
        }
        let mut parts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = parts.get(&id).cloned().and_then(|p| p.downcast::<T>().ok()) {
            return part;
        }
        let part = Arc::new(make());
        parts.insert(id, part.clone());
        part
    }

    /// The part of type `T`, empty when first asked for.
    pub fn get<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.get_or(T::default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_made_once() {
        let parts = Parts::default();
        let a = parts.get_or(|| 7i64);
        let b = parts.get_or(|| 8i64);
        assert_eq!((*a, *b), (7, 7));
        assert!(Arc::ptr_eq(&a, &b));
    }
}
