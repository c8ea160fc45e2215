//! A way to use or dispose of waste, as the code table describes it.

use serde::{Deserialize, Serialize};

use crate::codes::{MethodCode, MethodKind};

/// A method with its kind; which code is of which kind is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Code.
    pub code: MethodCode,
    /// Whether it uses or disposes.
    pub kind: MethodKind,
}
