//! One test, two databases.

/// Makes two tests of one: `name::sqlite` and `name::postgres`. Each has a database of its own.
///
/// Without PostgreSQL the second one says that it is skipped; with `CI` set it fails instead.
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)*) => {$(
        $(#[$meta])*
        fn $name($app: &crate::app::TestApp) $body

        // A module and a function may share a name.
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&crate::app::TestApp::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(app) = crate::app::TestApp::postgres() {
                    super::$name(&app);
                }
            }
        }
    )*};
}

pub(crate) use both;
