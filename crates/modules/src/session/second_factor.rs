//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

use muster_core::{
    Chance, Code, Result,
    clock::hash_of,
    error::{INTERNAL, code},
};
use muster_db::{Sql, Tx};
use totp_rs::{Builder, Secret};

/// The code is not the one that the app shows, or was used already.
pub static WRONG_CODE: Code = code("wrong_code", 403, "The code is wrong or was used already.");
/// It took too long between password and code.
pub static SIGN_IN_OVER: Code = code("sign_in_over", 403, "Please sign in again.");

/// How long one has for the code after the password.
pub const HALF_SECONDS: i64 = 600;
/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// How many letters each of them has: 80 bits, which no one guesses even from its hash.
const RECOVERY_LETTERS: usize = 16;

/// Whether someone has a second factor, and how many recovery codes are left.
pub fn state(tx: &mut Tx<'_>, user_id: i64) -> Result<(bool, i64)> {
    let sql = "select count(*) from second_factors where user_id = $1 and confirmed_at is not null";
    let is_on = tx.int(&Sql::with(sql, [user_id.into()]))? == 1;
    let left = tx.int(&Sql::with("select count(*) from recovery_codes where user_id = $1", [user_id.into()]))?;
    Ok((is_on, left))
}

/// Makes a secret for an app that is not confirmed yet, unless the second factor is on already.
pub fn begin(tx: &mut Tx<'_>, user_id: i64, chance: &mut Chance) -> Result<()> {
    // The letters of a token are 32 like those of Base32, but for four.
    let secret = chance.token().to_uppercase().replace('8', "L").replace('9', "O");
    tx.run(&Sql::with(
        "insert into second_factors (user_id, secret, confirmed_at, last_step) values ($1, $2, null, 0)
         on conflict (user_id) do update set secret = $2 where second_factors.confirmed_at is null",
        [user_id.into(), secret.into()],
    ))?;
    Ok(())
}

/// The secret for the app, as long as it is not confirmed. After that no one is shown it again.
pub fn pending_secret(tx: &mut Tx<'_>, user_id: i64) -> Result<Option<String>> {
    let sql = "select secret from second_factors where user_id = $1 and confirmed_at is null";
    Ok(tx.row(&Sql::with(sql, [user_id.into()]))?.map(|row| row.text(0).to_owned()))
}

/// Turns the second factor on with the app's first code. Answers the recovery codes, which are shown this once.
pub fn confirm(tx: &mut Tx<'_>, user_id: i64, code: &str, (chance, now): (&mut Chance, i64)) -> Result<Vec<String>> {
    if pending_secret(tx, user_id)?.is_none() {
        return Err(WRONG_CODE.error());
    }
    use_code(tx, user_id, code, now)?;
    let sql = "update second_factors set confirmed_at = $1 where user_id = $2 and confirmed_at is null";
    tx.run(&Sql::with(sql, [now.into(), user_id.into()]))?;
    new_recovery_codes(tx, user_id, chance)
}

/// Replaces the recovery codes. Answers the new ones, which are shown this once.
pub fn new_recovery_codes(tx: &mut Tx<'_>, user_id: i64, chance: &mut Chance) -> Result<Vec<String>> {
    tx.run(&Sql::with("delete from recovery_codes where user_id = $1", [user_id.into()]))?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code = chance.token()[..RECOVERY_LETTERS].to_owned();
        let args = [hash_of(&code).into(), user_id.into()];
        tx.run(&Sql::with("insert into recovery_codes (code_hash, user_id) values ($1, $2)", args))?;
        let groups: Vec<&str> = [0, 4, 8, 12].iter().map(|it| &code[*it..it + 4]).collect();
        codes.push(groups.join("-"));
    }
    Ok(codes)
}

/// Turns the second factor off.
pub fn end(tx: &mut Tx<'_>, user_id: i64) -> Result<()> {
    tx.run(&Sql::with("delete from second_factors where user_id = $1", [user_id.into()]))?;
    tx.run(&Sql::with("delete from recovery_codes where user_id = $1", [user_id.into()]))?;
    Ok(())
}

/// Remembers that someone has given the right password. Answers the token by which the browser comes back with the code.
pub fn begin_half(tx: &mut Tx<'_>, user_id: i64, (chance, now): (&mut Chance, i64)) -> Result<String> {
    tx.run(&Sql::with("delete from half_sign_ins where expires_at <= $1", [now.into()]))?;
    let token = chance.token();
    tx.run(&Sql::with(
        "insert into half_sign_ins (token_hash, user_id, expires_at) values ($1, $2, $3)",
        [hash_of(&token).into(), user_id.into(), (now + HALF_SECONDS).into()],
    ))?;
    Ok(token)
}

/// Who has given the right password with this token.
pub fn find_half(tx: &mut Tx<'_>, token: &str, now: i64) -> Result<i64> {
    let row = tx.row(&Sql::with(
        "select h.user_id from half_sign_ins h join users u on u.id = h.user_id
         where h.token_hash = $1 and h.expires_at > $2 and u.active = 1",
        [hash_of(token).into(), now.into()],
    ))?;
    Ok(row.ok_or_else(|| SIGN_IN_OVER.error())?.int(0)?)
}

/// Takes the code, of the app or for recovery, that goes with a password. Answers who has now signed in.
pub fn finish_half(tx: &mut Tx<'_>, token: &str, code: &str, now: i64) -> Result<i64> {
    let user_id = find_half(tx, token, now)?;
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if plain.len() == RECOVERY_LETTERS {
        let args = [hash_of(&plain).into(), user_id.into()];
        if tx.run(&Sql::with("delete from recovery_codes where code_hash = $1 and user_id = $2", args))? == 0 {
            return Err(WRONG_CODE.error());
        }
    } else {
        use_code(tx, user_id, &plain, now)?;
    }
    tx.run(&Sql::with("delete from half_sign_ins where token_hash = $1", [hash_of(token).into()]))?;
    Ok(user_id)
}

/// Uses a code of the app up. The clock of its phone may be half a minute off.
fn use_code(tx: &mut Tx<'_>, user_id: i64, code: &str, now: i64) -> Result<()> {
    let row = tx.row(&Sql::with("select secret from second_factors where user_id = $1", [user_id.into()]))?;
    let row = row.ok_or_else(|| WRONG_CODE.error())?;
    let secret = Secret::try_from_base32(row.text(0)).map_err(|err| INTERNAL.error().because(err.to_string()))?;
    let totp = Builder::new().with_secret(secret).with_skew(1).build();
    let totp = totp.map_err(|err| INTERNAL.error().because(err.to_string()))?;
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let step = totp.check(&digits, now.unsigned_abs()).ok_or_else(|| WRONG_CODE.error())?;
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    // Of two that send the same code at the same time, one is let through.
    let sql = "update second_factors set last_step = $1 where user_id = $2 and last_step < $1";
    if tx.run(&Sql::with(sql, [step.into(), user_id.into()]))? == 0 {
        return Err(WRONG_CODE.error());
    }
    Ok(())
}
