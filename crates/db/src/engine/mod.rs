//! The two engines, each as a connection that executes statements with [`Value`](crate::Value)s. Nothing
//! outside this module and `writer`, `reader`, `schema`, `backup` may tell them apart.

pub(crate) mod postgres;
pub(crate) mod sqlite;
