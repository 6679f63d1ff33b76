// Passkeys, with an authenticator that Chromium plays, and the second factor, with the codes that an app would show.
import { createHmac } from 'node:crypto'
import { PEOPLE, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const { admin, employee } = PEOPLE

/** Gives the page's browser a device that has recognized its owner. */
async function addDevice(page) {
  const client = await page.context().newCDPSession(page)
  await client.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true
  }
  const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', { options })
  return { client, authenticatorId }
}

/** What an app with this secret shows (RFC 6238). */
function totp(secret, seconds = Date.now() / 1000) {
  const bits = [...secret].map((it) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(it).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((it) => parseInt(it, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)))
  const digest = createHmac('sha1', key).update(counter).digest()
  const place = digest[19] & 15
  return String((digest.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const signOut = async (page) => {
  await page.locator('summary').first().click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('status').waitFor()
}

await check('a passkey signs in without a password', async () => {
  const page = await newVisitor()
  const device = await addDevice(page)
  await signIn(page, employee)
  await page.goto('/settings/security/')
  await page.getByRole('link', { name: 'Your passkeys' }).click()
  await page.getByLabel('A name').fill('This <b>laptop</b>')
  await page.getByLabel('Your current password').fill('not the password')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('alert').getByText('password is wrong').waitFor()
  await page.getByLabel('Your current password').fill(employee.password)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('status').getByText('is added').waitFor()
  await page.getByText('This <b>laptop</b>').waitFor()
  equal(await violations(page), [], 'axe-core')
  await signOut(page)
  await page.goto('/settings/')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL((url) => url.pathname === '/settings/')
  await page.goto('/settings/security/passkeys/')
  await page.getByText('last used').waitFor()

  // What is removed opens nothing any more, though the device still has it.
  await page.getByLabel('Your current password').first().fill(employee.password)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('status').getByText('is removed').waitFor()
  await signOut(page)
  await page.goto('/sign-in/')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByText('wrong_passkey').waitFor()
  await page.goto('/')
  equal(new URL(page.url()).pathname, '/sign-in/', 'where one is')
  const { credentials } = await device.client.send('WebAuthn.getCredentials', { authenticatorId: device.authenticatorId })
  equal(credentials.length, 1, 'the passkeys of the device')
})

await check('a device that does not recognize its owner signs no one in', async () => {
  const page = await newVisitor()
  const device = await addDevice(page)
  await signIn(page, admin)
  await page.goto('/settings/security/passkeys/')
  await page.getByLabel('A name').fill('Phone')
  await page.getByLabel('Your current password').fill(admin.password)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('status').waitFor()
  await signOut(page)
  await device.client.send('WebAuthn.setUserVerified', { authenticatorId: device.authenticatorId, isUserVerified: false })
  await page.goto('/sign-in/')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForTimeout(1000)
  await page.goto('/')
  equal(new URL(page.url()).pathname, '/sign-in/', 'where one is')
})

await check('the second factor asks for what the app shows', async () => {
  const page = await newVisitor()
  await signIn(page, admin)
  await page.goto('/settings/security/')
  const section = page.getByRole('region', { name: /^Second factor/ })
  await section.getByLabel('Your current password').fill(admin.password)
  await section.getByRole('button', { name: 'Set it up' }).click()
  equal(await violations(page), [], 'axe-core')
  const secret = (await page.locator('code').innerText()).replaceAll(' ', '')
  await page.getByLabel('The code that it shows').fill(totp(secret))
  await page.getByRole('button', { name: 'Turn it on' }).click()
  await page.locator('.recovery code').first().waitFor()
  equal(await page.locator('.recovery code').count(), 10, 'recovery codes')
  equal(await violations(page), [], 'axe-core')
  const recovery = await page.locator('.recovery code').first().innerText()

  const other = await newVisitor()
  await other.goto('/settings/')
  await other.getByLabel('E-mail').fill(admin.email)
  await other.getByLabel('Password').fill(admin.password)
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.getByRole('heading', { name: 'Your code' }).waitFor()
  equal(await violations(other), [], 'axe-core')
  // A code of the next half minute, as a phone whose clock is ahead shows it: this one's was used already.
  await other.getByLabel('Code').fill(totp(secret, Date.now() / 1000 + 30))
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.waitForURL((url) => url.pathname === '/settings/')

  const third = await newVisitor()
  await third.goto('/sign-in/')
  await third.getByLabel('E-mail').fill(admin.email)
  await third.getByLabel('Password').fill(admin.password)
  await third.getByRole('button', { name: 'Sign in', exact: true }).click()
  await third.getByLabel('Code').fill(recovery)
  await third.getByRole('button', { name: 'Sign in' }).click()
  await third.waitForURL((url) => url.pathname === '/')
  ok((await third.getByRole('heading', { level: 1 }).innerText()).startsWith('Hello'), 'one is in')

  // It opens the account once.
  const fourth = await newVisitor()
  await fourth.goto('/sign-in/')
  await fourth.getByLabel('E-mail').fill(admin.email)
  await fourth.getByLabel('Password').fill(admin.password)
  await fourth.getByRole('button', { name: 'Sign in', exact: true }).click()
  await fourth.getByLabel('Code').fill(recovery)
  await fourth.getByRole('button', { name: 'Sign in' }).click()
  await fourth.getByRole('alert').waitFor()
  await fourth.goto('/')
  equal(new URL(fourth.url()).pathname, '/sign-in/', 'where one is')

  await third.goto('/settings/security/')
  const left = third.getByRole('region', { name: /^Second factor/ })
  await left.getByText('9 recovery codes are left.').waitFor()
  await left.getByLabel('Your current password').fill(admin.password)
  await left.getByRole('button', { name: 'Turn it off' }).click()
  await third.getByRole('status').getByText('The second factor is off.').waitFor()
  await signIn(fourth, admin)
})

await finish()
