//! Work that only reads, piece after piece, as the commands of a batch do.

use crate::both::both;
use muster_db::{DbError, Reader, Sql};

const ADD: &str = "insert into locks (name, taken) values ($1, 0)";

fn count(reader: &mut Reader<'_>) -> Result<i64, DbError> {
    reader.read(|tx| tx.int(&Sql::new("select count(*) from locks where name like 'piece%'")))
}

both! {
    /// A piece of work sees what was committed before it began, by whomever in this process, though not what came after.
    fn each_piece_sees_what_was_committed_before_it(app) {
        let db = &app.app.db;
        let mut reader = db.reader();
        for number in 0..3 {
            assert_eq!((count(&mut reader).unwrap(), count(&mut reader).unwrap()), (number, number));
            let name = format!("piece {number}");
            db.write(|tx| tx.run(&Sql::with(ADD, [name.as_str().into()]))).unwrap();
        }
        let seen = reader.read(|tx| {
            let before = tx.int(&Sql::new("select count(*) from locks where name like 'piece%'"))?;
            db.write(|tx| tx.run(&Sql::with(ADD, ["piece 3".into()])))?;
            let after = tx.int(&Sql::new("select count(*) from locks where name like 'piece%'"))?;
            Ok::<_, DbError>((before, after))
        });
        assert_eq!(seen.unwrap(), (3, 3), "one moment");
        assert_eq!(count(&mut reader).unwrap(), 4);
    }

    /// After a statement that failed PostgreSQL takes no other one in the same transaction.
    fn a_failure_is_no_one_elses(app) {
        let mut reader = app.app.db.reader();
        assert_eq!(count(&mut reader).unwrap(), 0);
        reader.read(|tx| tx.int(&Sql::new("select no_such_column from locks"))).unwrap_err();
        assert_eq!(count(&mut reader).unwrap(), 0);
        reader.let_go();
        assert_eq!(count(&mut reader).unwrap(), 0);
    }
}
