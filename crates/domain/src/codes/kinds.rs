//! Short word lists: physical form, packaging, kind of storage.

/// A word list with fixed names in the API; people see it through the text catalogues.
macro_rules! word_list {
    ($(#[$doc:meta])* $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $word:literal ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vdoc])* $variant ),+ }

        impl $name {
            /// All words.
            pub const ALL: &[Self] = &[ $(Self::$variant),+ ];

            /// The word in the API and in tables.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::problem::ParseError;

            fn from_str(text: &str) -> Result<Self, $crate::problem::ParseError> {
                let wanted = text.trim();
                Self::ALL.iter().copied().find(|w| w.as_str() == wanted).ok_or_else(|| {
                    let choices: Vec<&str> = Self::ALL.iter().map(|w| w.as_str()).collect();
                    $crate::problem::ParseError::new($crate::codes::rules::CHOICE, text)
                        .with("choices", choices.join(", "))
                })
            }
        }

        $crate::codes::text_serde!($name);
    };
}

pub(crate) use word_list;

word_list! {
    /// Physical form (形态).
    WasteForm {
        /// 固态.
        Solid = "solid",
        /// 半固态.
        SemiSolid = "semi_solid",
        /// 液态.
        Liquid = "liquid",
        /// 气态.
        Gas = "gas",
        /// 其他.
        Other = "other",
    }
}

word_list! {
    /// Type of container or packaging (容器/包装类型). The standard leaves the words open; these are ours.
    ContainerKind {
        /// 桶.
        Drum = "drum",
        /// 吨桶 (IBC).
        Ibc = "ibc",
        /// 袋.
        Bag = "bag",
        /// 吨袋.
        BulkBag = "bulk_bag",
        /// 箱.
        Box = "box",
        /// 罐.
        Tank = "tank",
        /// 托盘.
        Pallet = "pallet",
        /// 无包装:散装或管道.
        None = "none",
        /// 其他.
        Other = "other",
    }
}

word_list! {
    /// Type of storage facility (GB 18597-2023).
    StorageKind {
        /// 贮存库.
        Warehouse = "warehouse",
        /// 贮存场.
        Yard = "yard",
        /// 贮存池.
        Pond = "pond",
        /// 贮存罐区.
        TankArea = "tank_area",
        /// 贮存点 (8.3.5: at most 3 t at any time).
        Point = "point",
    }
}
