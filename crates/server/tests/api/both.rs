//! One test, two databases.

/// Makes two tests of one: `name::sqlite` and `name::postgres`. Each has a database of its own, and what `with` says.
///
/// Without PostgreSQL the second one says that it is skipped; with `CI` set it fails instead.
macro_rules! both {
    (with $setup:expr; $($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)*) => {$(
        $(#[$meta])*
        fn $name($app: &crate::app::TestApp) $body

        // A module and a function may share a name.
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&crate::app::TestApp::sqlite_with($setup));
            }

            #[test]
            fn postgres() {
                if let Some(app) = crate::app::TestApp::postgres_with($setup) {
                    super::$name(&app);
                }
            }
        }
    )*};
    ($($tests:tt)*) => { $crate::both::both! { with $crate::app::Setup::default(); $($tests)* } };
}

pub(crate) use both;
