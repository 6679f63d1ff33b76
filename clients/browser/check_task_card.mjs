// The card of a task: everything of it is changed where it stands, by keyboard and without a script, and people are found as
// one types. What comes of it is looked at in the page that the server makes of it.
import { PEOPLE, SIZES, THEMES, check, equal, finish, newVisitor, ok, signIn, violations } from './browser.mjs'

const { admin, employee } = PEOPLE
const creator = await newVisitor()
const doer = await newVisitor()
const button = (page, name) => page.getByRole('button', { name, exact: true })
const link = (page, name) => page.getByRole('link', { name, exact: true })
const about = (page) => page.locator('#about')
/** Marks the page, to tell later whether it was left. */
const stay = (page) => page.evaluate(() => (window.isTheSamePage = true))
const stayed = async (page) => ok(await page.evaluate(() => window.isTheSamePage), 'the page was not left')
/** Waits until the field has what is suggested for it, and takes the one with this ID. */
async function choose(page, field, typed, id) {
  await field.fill('')
  await field.pressSequentially(typed)
  const option = page.locator(`#people-suggested option[value$="[${id}]"]`)
  await option.waitFor({ state: 'attached' })
  await field.fill(await option.getAttribute('value'))
}
let path

await check('signing in', async () => {
  await signIn(creator, admin)
  await signIn(doer, employee)
})
/** The name of a person, by which one finds them. */
const nameOf = async (person) => {
  await creator.goto(`/company/personal/user/${person.id}/`)
  return creator.locator('h1').innerText()
}
const [own, theirs] = [await nameOf(admin), await nameOf(employee)]

await check('a task is given to someone who is found as one types', async () => {
  await creator.goto('/tasks/?new=1')
  await creator.getByLabel('Task', { exact: true }).fill('Count the chairs')
  await choose(creator, creator.getByLabel(/^For whom/), theirs.slice(0, -1), employee.id)
  await creator.getByLabel('Observers, 1').fill(own)
  equal(await violations(creator), [], 'violations')
  await button(creator, 'Add it').click()
  await creator.waitForURL(/\/tasks\/\d+\/\?done=saved/)
  path = new URL(creator.url()).pathname
  equal(await creator.locator('#task-facts a.person').allInnerTexts().then((all) => all.map((it) => it.split('\n').pop())), [own, theirs, own], 'its people')
})

await check('it is changed where it stands, by keyboard', async () => {
  await creator.goto(path)
  await stay(creator)
  await about(creator).getByRole('link', { name: 'Change' }).focus()
  await creator.keyboard.press('Enter')
  const title = about(creator).getByLabel('Task', { exact: true })
  await title.waitFor()
  ok(await title.evaluate((it) => it === document.activeElement), 'the first field has the focus')
  equal(await violations(creator), [], 'violations of the form')
  await creator.getByRole('textbox', { name: /^Description/ }).fill('In [b]every[/b] room\n[list][*]large ones[*]<i>small</i> ones[/list]')
  await creator.getByLabel('Deadline').fill('2031-02-03T08:30')
  await creator.getByLabel('Priority').selectOption('High')
  await title.fill('Count all chairs')
  await title.press('Enter')
  await creator.getByRole('heading', { name: 'Count all chairs' }).waitFor()
  await about(creator).locator('b').getByText('every', { exact: true }).waitFor()
  equal(await about(creator).locator('li').allInnerTexts(), ['large ones', '<i>small</i> ones'], 'the list')
  await creator.locator('#task-facts').getByText('February 3, 2031, 08:30').waitFor()
  await creator.getByText('High priority').waitFor()
  await stayed(creator)
  equal(await creator.locator('[data-said]').textContent(), 'Saved.', 'what is said')
  ok(await creator.evaluate(() => document.activeElement.dataset.swap === '#about'), 'the focus is where it was')
})

await check('what is wrong is said in the form, and what was typed stays', async () => {
  await about(creator).getByRole('link', { name: 'Change' }).click()
  await creator.getByLabel('Participants, 1').fill('Nobody At All')
  await button(creator, 'One more').first().click()
  await creator.getByLabel('Participants, 2').fill(theirs)
  await button(creator, 'Save').click()
  await about(creator).getByRole('alert').getByText('Nobody At All').waitFor()
  equal(await violations(creator), [], 'violations')
  const wrong = creator.getByLabel('Participants, 1')
  ok(await wrong.evaluate((it) => it === document.activeElement), 'the field has the focus')
  equal(await creator.getByLabel('Participants, 2').inputValue(), theirs, 'what was typed')
  await wrong.fill('')
  await button(creator, 'Save').click()
  await creator.locator('#task-facts').getByText('Participants').waitFor()
  await about(creator).getByRole('link', { name: 'Change' }).click()
  await creator.getByRole('textbox', { name: /^Description/ }).fill('Given up')
  await about(creator).getByRole('link', { name: 'Cancel' }).click()
  await about(creator).locator('b').getByText('every', { exact: true }).waitFor()
  await stayed(creator)
})

await check('it is a favorite and watched, by keyboard', async () => {
  for (const [name, pressed] of [['Favorite', 'true'], ['Watching', 'false'], ['Watching', 'true'], ['Favorite', 'false']]) {
    await button(creator, name).focus()
    await Promise.all([creator.waitForEvent('load'), creator.keyboard.press('Enter')])
    equal(await button(creator, name).getAttribute('aria-pressed'), pressed, name)
  }
})

await check('comments are changed where they stand, and deleted after being asked', async () => {
  await doer.goto(path)
  await doer.getByLabel('Comment', { exact: true }).fill('See [url=/company/]here[/url] [quote]so it is[/quote]')
  await button(doer, 'Send').click()
  await doer.waitForURL(/done=saved/)
  const comment = doer.getByRole('article')
  equal(await comment.getByRole('link', { name: 'here' }).getAttribute('href'), '/company/', 'where the link leads')
  await comment.locator('blockquote').getByText('so it is').waitFor()
  await stay(doer)
  await comment.getByRole('link', { name: /^Change the comment/ }).click()
  await doer.getByRole('textbox', { name: /^Change the comment/ }).fill('[s]Never[/s] mind')
  await comment.getByRole('button', { name: 'Save' }).click()
  await comment.locator('s').getByText('Never').waitFor()
  await stayed(doer)
  await creator.goto(path)
  equal(await creator.getByRole('article').count(), 1, 'comments')
  doer.once('dialog', (dialog) => dialog.dismiss())
  await comment.getByRole('button', { name: /^Delete the comment/ }).click()
  ok(await comment.isVisible(), 'it is there as long as one says no')
  doer.once('dialog', (dialog) => dialog.accept())
  await comment.getByRole('button', { name: /^Delete the comment/ }).click()
  await doer.waitForURL(/done=saved/)
  equal(await doer.getByRole('article').count(), 0, 'comments')
})

await check('items are renamed where they stand, and deleted', async () => {
  await doer.goto(path)
  await doer.getByLabel('New item').fill('Kitchen')
  await button(doer, 'Add it').click()
  await doer.waitForURL(/done=saved/)
  await stay(doer)
  await link(doer, 'Change: Kitchen').click()
  await doer.getByLabel('Item', { exact: true }).fill('Large kitchen')
  await doer.keyboard.press('Enter')
  await button(doer, 'Large kitchen').waitFor()
  await stayed(doer)
  doer.once('dialog', (dialog) => dialog.accept())
  await button(doer, 'Delete: Large kitchen').click()
  await doer.waitForURL(/done=saved/)
  equal(await button(doer, 'Large kitchen').count(), 0, 'items')
})

await check('time is written down and added up', async () => {
  for (const [hours, minutes] of [['1', '20'], ['', '50']]) {
    await doer.goto(path)
    await doer.getByText('Add time').click()
    await doer.getByLabel('Hours').fill(hours)
    await doer.getByLabel('Minutes').fill(minutes)
    await doer.getByLabel('What was done').fill('Counted')
    equal(await violations(doer), [], 'violations of the form')
    await button(doer, 'Write it down').click()
    await doer.waitForURL(/done=saved/)
  }
  await doer.getByRole('heading', { name: 'Time spent 2 h 10 min' }).waitFor()
  doer.once('dialog', (dialog) => dialog.accept())
  await doer.getByRole('button', { name: /^Delete: 50 min/ }).click()
  await doer.getByRole('heading', { name: 'Time spent 1 h 20 min' }).waitFor()
})

await check('whoever is to do it hands it over, and watches it', async () => {
  await doer.goto(path)
  equal(await about(doer).getByRole('link', { name: 'Change' }).count(), 0, 'ways to change what others have set')
  await stay(doer)
  await about(doer).getByRole('link', { name: 'Hand over' }).click()
  await choose(doer, doer.getByLabel('To whom'), own.slice(0, -1), admin.id)
  equal(await violations(doer), [], 'violations of the form')
  await button(doer, 'Hand over').click()
  await about(doer).getByText('every', { exact: true }).waitFor()
  await doer.waitForFunction(() => document.querySelector('button[value=stopwatch]'))
  await stayed(doer)
  equal(await about(doer).getByRole('link', { name: 'Hand over' }).count(), 0, 'ways to hand over what is not theirs')
})

await check('a part that is not there any more leads to the card as it is', async () => {
  await creator.goto('/tasks/?new=1')
  await creator.getByLabel('Task', { exact: true }).fill('Without a description')
  await creator.getByLabel(/^For whom/).fill(`[${employee.id}]`)
  await button(creator, 'Add it').click()
  await creator.waitForURL(/done=saved/)
  await doer.goto(new URL(creator.url()).pathname)
  await about(doer).getByRole('link', { name: 'Hand over' }).click()
  await doer.getByLabel('To whom').fill(`[${admin.id}]`)
  await button(doer, 'Hand over').click()
  await doer.waitForURL(/done=saved/)
  equal(await about(doer).count(), 0, 'descriptions, of which there is none')
  await doer.goto(path)
})

await check('the history tells of it', async () => {
  await link(doer, 'History').click()
  await doer.getByRole('heading', { name: 'History' }).waitFor()
  const events = await doer.locator('.task-history strong').allInnerTexts()
  for (const name of ['Assignee', 'Time spent', 'Item deleted', 'Comment added', 'Participants', 'Deadline', 'Title', 'Added']) {
    ok(events.includes(name), `${name} is in ${events}`)
  }
})

await check('without a script everything works by whole pages', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false, viewport: SIZES.phone, storageState: await creator.context().storageState() })
  await plain.goto(path)
  await about(plain).getByRole('link', { name: 'Change' }).click()
  await plain.getByLabel('Assignee').fill(theirs)
  await plain.getByLabel('Observers, 2').fill(theirs)
  await button(plain, 'Save').click()
  await plain.waitForURL(/done=saved/)
  await about(plain).getByText('every', { exact: true }).waitFor()
  await plain.getByLabel('Comment', { exact: true }).fill('Plain')
  await button(plain, 'Send').click()
  await plain.getByRole('link', { name: /^Change the comment/ }).click()
  await plain.getByRole('textbox', { name: /^Change the comment/ }).fill('[i]Plainer[/i]')
  await button(plain, 'Save').click()
  await plain.getByRole('article').locator('i').getByText('Plainer').waitFor()
  await plain.getByLabel('New item').fill('Cellar')
  await plain.locator('form[action$="/item/"] button').click()
  await plain.getByText('Add time').click()
  await plain.getByLabel('Minutes').fill('5')
  await button(plain, 'Write it down').click()
  await plain.getByText('1 h 25 min').waitFor()
  await plain.context().close()
})

await check('its pages look right in either language, theme and size', async () => {
  await creator.goto(path)
  const parts = await creator.locator('[id^=comment-], [id^=item-]').evaluateAll((all) => all.map((it) => it.id))
  ok(parts.length > 1, `${parts}`)
  const of = (visitor) => visitor.context().storageState()
  for (const [visitor, edits] of [[creator, ['about', ...parts]], [doer, ['hand-over']]]) {
    for (const locale of ['en', 'ru']) {
      const page = await newVisitor({ locale, storageState: await of(visitor) })
      for (const colorScheme of THEMES) {
        for (const [size, viewport] of Object.entries(SIZES)) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize(viewport)
          for (const address of [path, ...edits.map((it) => `${path}?edit=${it}`), `${path}history/`, '/tasks/?new=1']) {
            await page.goto(address)
            const where = `${address}, ${locale}, ${colorScheme}, ${size}`
            equal(await page.locator('html').getAttribute('lang'), locale, where)
            equal(await violations(page), [], where)
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
            ok(wide <= 0, `${where} is ${wide} pixels too wide`)
          }
        }
      }
      equal(page.problems, [], 'errors of the browser')
      await page.context().close()
    }
  }
  // What was refused on the way, Chromium notes.
  const problems = [...creator.problems, ...doer.problems].filter((it) => !it.includes('status of 422'))
  equal(problems, [], 'errors of the browser')
})

await finish()
