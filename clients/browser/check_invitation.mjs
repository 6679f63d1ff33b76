// From an invitation, by a real mail over TLS, to someone who has registered; sending again, revoking, a forgotten password.
import { PEOPLE, check, env, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'
import { linkOf, startMailServer } from './mail.mjs'

const mails = await startMailServer(Number(env('MUSTER_SMTP_PORT')), env('MUSTER_SMTP_TLS') === 'tls')
const PASSWORD = 'wrong horse battery'

async function invite(page, address) {
  await page.goto('/company/invitations/')
  await page.getByRole('link', { name: 'Invite people' }).click()
  await page.getByLabel('E-mail addresses').fill(address)
  await page.getByRole('button', { name: 'Send invitations' }).click()
  await page.getByRole('status').getByText('on its way').waitFor()
}

/** The line of someone in the list of those who have not come yet. */
const line = (page, address) => page.getByRole('listitem').filter({ hasText: address })

await check('an invitation arrives, and who accepts it is in', async () => {
  const ada = await newVisitor()
  await signIn(ada, PEOPLE.admin)
  await invite(ada, 'anna@example.com')
  const { mail, from, secure } = await mails.nextTo('anna@example.com')
  ok(secure, 'it came over TLS')
  equal([from, mail.from.value[0].name], ['muster@example.com', 'Muster of the test'], 'whom it is from')
  ok(mail.subject.endsWith('invites you to Muster'), mail.subject)
  // That it was sent is written down once the mail server has it, which is a moment later.
  const sent = line(ada, 'anna@example.com').getByText('Sent', { exact: true })
  for (let tries = 0; tries < 40 && !(await sent.isVisible()); tries++) {
    await ada.waitForTimeout(250)
    await ada.reload()
  }
  ok(await sent.isVisible(), 'the list says that it was sent')

  const anna = await newVisitor({ locale: 'ru' })
  await anna.goto(linkOf(mail))
  equal(await anna.getByLabel('Электронная почта').inputValue(), 'anna@example.com', 'the address')
  equal(await violations(anna), [], 'axe-core')
  await anna.getByLabel('Имя').fill('Анна')
  await anna.getByLabel('Фамилия').fill('Müller')
  await anna.getByLabel('Новый пароль').fill(PASSWORD)
  await anna.getByRole('button', { name: 'Зарегистрироваться' }).click()
  await anna.waitForURL((url) => url.pathname === '/')
  await anna.getByRole('heading', { name: 'Анна Müller' }).waitFor()

  const again = await newVisitor()
  equal((await again.goto(linkOf(mail))).status(), 410, 'the link a second time')
  equal(await violations(again), [], 'axe-core')
  await signIn(again, { email: 'anna@example.com', password: PASSWORD })
})

await check('an invitation is in the language of who sends it, is sent again and revoked', async () => {
  const ada = await newVisitor({ locale: 'ru' })
  await ada.goto('/sign-in/')
  await ada.getByLabel('Электронная почта').fill(PEOPLE.admin.email)
  await ada.getByLabel('Пароль').fill(PEOPLE.admin.password)
  await ada.getByRole('button', { name: 'Вход' }).click()
  await ada.goto('/company/invitations/new/')
  equal(await violations(ada), [], 'axe-core')
  await ada.getByLabel('Адреса').fill('boris@example.com')
  await ada.getByRole('button', { name: 'Отправить приглашения' }).click()
  const first = await mails.nextTo('boris@example.com')
  ok(first.mail.subject.includes('приглашает вас в Muster') && first.mail.text.includes('структура компании'), first.mail.text)
  await ada.goto('/company/invitations/')
  await line(ada, 'boris@example.com').getByRole('button', { name: 'Отправить ещё раз' }).click()
  const second = await mails.nextTo('boris@example.com')
  const boris = await newVisitor()
  equal((await boris.goto(linkOf(first.mail))).status(), 410, 'the first link')
  equal((await boris.goto(linkOf(second.mail))).status(), 200, 'the second link')
  ada.once('dialog', (dialog) => dialog.dismiss())
  await ada.goto('/company/invitations/')
  await line(ada, 'boris@example.com').getByRole('button', { name: 'Отозвать' }).click()
  await line(ada, 'boris@example.com').waitFor()
  ada.once('dialog', (dialog) => dialog.accept())
  await line(ada, 'boris@example.com').getByRole('button', { name: 'Отозвать' }).click()
  await ada.getByRole('status').waitFor()
  equal((await boris.goto(linkOf(second.mail))).status(), 410, 'the second link after that')
})

await check('someone registers by themselves, proves their address, and is let in', async () => {
  const ada = await newVisitor()
  await signIn(ada, PEOPLE.admin)
  await ada.goto('/company/invitations/registration/')
  await ada.getByRole('button', { name: 'Open registration' }).click()
  const link = await ada.getByLabel('The link to pass on').inputValue()
  equal(await violations(ada), [], 'axe-core')

  const clara = await newVisitor()
  await clara.goto(new URL(link).pathname)
  equal(await violations(clara), [], 'axe-core')
  await clara.getByLabel('First name').fill('Clara')
  await clara.getByLabel('E-mail').fill('clara@example.com')
  await clara.getByRole('button', { name: 'Continue' }).click()
  await clara.getByRole('heading', { name: 'Look into your mailbox' }).waitFor()
  const proof = await mails.nextTo('clara@example.com')
  await clara.goto(linkOf(proof.mail))
  await clara.getByLabel('New password').fill(PASSWORD)
  await clara.getByRole('button', { name: 'Register' }).click()
  await clara.getByRole('heading', { name: 'Thank you' }).waitFor()
  equal(await violations(clara), [], 'axe-core')
  const told = await mails.nextTo(PEOPLE.admin.email)
  ok(told.mail.text.includes('/company/invitations/'), told.mail.text)

  await ada.goto('/company/invitations/')
  await line(ada, 'clara@example.com').getByRole('link', { name: 'Let in' }).click()
  await ada.getByRole('button', { name: 'Let in' }).click()
  await ada.getByRole('status').waitFor()
  await mails.nextTo('clara@example.com')
  const back = await newVisitor()
  await signIn(back, { email: 'clara@example.com', password: PASSWORD })
})

await check('a forgotten password is set anew', async () => {
  const page = await newVisitor()
  await page.goto('/sign-in/')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail').fill(PEOPLE.employee.email)
  await page.getByRole('button', { name: 'Send the message' }).click()
  await page.getByRole('status').waitFor()
  const { mail } = await mails.nextTo(PEOPLE.employee.email)
  await page.goto(linkOf(mail))
  equal(await violations(page), [], 'axe-core')
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('status').getByText('new password is set').waitFor()
  await signIn(page, { email: PEOPLE.employee.email, password: PASSWORD })
})

await mails.stop()
await finish()
