// People change their profile where it stands, by keyboard and without a script, and cut their photo; and what an
// administrator sees on the way to erasing someone.
import { PEOPLE, SIZES, THEMES, URL_OF_MUSTER, call, check, equal, finish, looksRight, newVisitor, ok, saved, signIn, violations } from './browser.mjs'

const profile = `/company/personal/user/${PEOPLE.employee.id}/`
const page = await newVisitor()
await check('signing in', () => signIn(page, PEOPLE.employee))

/** A picture whose left half is red and whose right half is blue, made by the browser itself. */
async function picture(type) {
  const base64 = await page.evaluate((type) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 900, height: 300 })
    const pen = canvas.getContext('2d')
    pen.fillStyle = 'red'
    pen.fillRect(0, 0, 450, 300)
    pen.fillStyle = 'blue'
    pen.fillRect(450, 0, 450, 300)
    return canvas.toDataURL(type).split(',')[1]
  }, type)
  return { name: `me.${type.split('/')[1]}`, mimeType: type, buffer: Buffer.from(base64, 'base64') }
}

/** Whether the photo at the top of the profile is red or blue in the middle. */
async function colour() {
  await page.waitForFunction(() => document.querySelector('.profile-face img')?.naturalWidth > 0)
  return page.evaluate(() => {
    const photo = document.querySelector('.profile-face img')
    const canvas = Object.assign(document.createElement('canvas'), { width: 9, height: 9 })
    canvas.getContext('2d').drawImage(photo, 0, 0, 9, 9)
    const [red, , blue] = canvas.getContext('2d').getImageData(4, 4, 1, 1).data
    return red > blue ? 'red' : 'blue'
  })
}

await check('a section is changed where it stands, by keyboard', async () => {
  await page.goto(profile)
  await page.evaluate(() => (window.isTheSamePage = true))
  const change = page.locator('#reach').getByRole('link', { name: 'Change' })
  await change.focus()
  await page.keyboard.press('Enter')
  const mobile = page.getByLabel('Mobile')
  await mobile.waitFor()
  ok(await page.evaluate(() => document.activeElement.form?.dataset.swap === '#reach'), 'the first field has the focus')
  equal(await violations(page), [], 'violations of the form')
  await mobile.fill('+49 171 555')
  await page.keyboard.press('Enter')
  await page.locator('#reach dl').getByText('+49 171 555').waitFor()
  ok(await page.evaluate(() => window.isTheSamePage), 'the page was not left')
  ok(await page.locator('#profile-said').textContent(), 'it is said that it was saved')
  ok(await page.evaluate(() => document.activeElement.dataset.swap === '#reach'), 'the focus is where it was')
  equal(new URL(page.url()).search, '', 'the address is that of the profile')
})

await check('what is wrong is said beside its field, and what was typed stays', async () => {
  await page.locator('#person').getByRole('link', { name: 'Change' }).click()
  const name = page.getByLabel('First name')
  await name.evaluate((field) => field.removeAttribute('maxlength'))
  await name.fill('x'.repeat(40))
  await page.getByLabel('City', { exact: true }).fill('Bonn')
  await page.locator('#person').getByRole('button', { name: 'Save' }).click()
  await page.locator('#person').getByRole('alert').waitFor()
  equal(await violations(page), [], 'violations')
  ok(await name.evaluate((field) => field === document.activeElement && field.ariaInvalid === 'true'), 'the field has the focus')
  equal(await page.getByLabel('City', { exact: true }).inputValue(), 'Bonn', 'what was typed')
  await name.fill('Quirin')
  await page.keyboard.press('Enter')
  await page.locator('#profile-top').getByText('Quirin').waitFor()
  ok(await page.evaluate(() => window.isTheSamePage), 'the page was not left')
})

await check('a change is given up', async () => {
  await page.locator('#reach').getByRole('link', { name: 'Change' }).click()
  await page.getByLabel('Mobile').fill('nothing')
  await page.locator('#reach').getByRole('link', { name: 'Cancel' }).click()
  await page.locator('#reach dl').getByText('+49 171 555').waitFor()
})

for (const [by, type, move, expected] of [
  ['the keyboard', 'image/png', async (crop) => {
    await crop.focus()
    for (let times = 0; times < 60; times++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('+')
  }, 'blue'],
  ['dragging', 'image/jpeg', async (crop) => {
    const box = await crop.boundingBox()
    await page.mouse.move(box.x + 20, box.y + 100)
    await page.mouse.down()
    for (let step = 1; step <= 3; step++) {
      await page.mouse.move(box.x + 20 + step * 90, box.y + 100)
      await new Promise((done) => setTimeout(done, 30))
    }
    await page.mouse.up()
    await page.mouse.move(box.x + 20, box.y + 100)
    await page.mouse.down()
    await page.mouse.move(box.x + 290, box.y + 100, { steps: 4 })
    await page.mouse.up()
  }, 'red'],
  ['zooming', 'image/webp', async (crop) => {
    await page.getByLabel('Zoom').fill('100')
    await crop.focus()
    for (let times = 0; times < 12; times++) await page.keyboard.press('ArrowRight')
  }, 'blue'],
]) {
  await check(`a photo is cut by ${by}`, async () => {
    await page.goto(profile)
    await page.getByRole('link', { name: 'Change the photo' }).click()
    await page.locator('input[type=file]').setInputFiles(await picture(type))
    const crop = page.getByRole('group', { name: 'Part of the picture' })
    await crop.waitFor()
    equal(await violations(page), [], 'violations')
    await move(crop)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/done=saved/)
    equal(await colour(), expected, 'the colour of the photo')
  })
}

await check('a file that is no picture is refused', async () => {
  await page.goto(`${profile}photo/`)
  await page.locator('input[type=file]').setInputFiles({ name: 'me.html', mimeType: 'text/html', buffer: Buffer.from('<script>alert(1)</script>') })
  ok(!(await page.getByRole('group', { name: 'Part of the picture' }).isVisible()), 'there is nothing to cut')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').waitFor()
})

await check('a photo is removed', async () => {
  await page.goto(`${profile}photo/`)
  await page.getByRole('button', { name: 'Remove the photo' }).click()
  await page.waitForURL(/done=saved/)
  equal(await page.locator('.profile-face img').count(), 0, 'photos')
})

await check('people download what is stored about them', async () => {
  await page.goto('/settings/security/')
  const data = JSON.parse(await saved(page, page.getByRole('link', { name: 'Download' })))
  ok(JSON.stringify(data).includes('+49 171 555'), 'what was typed above is in it')
})

await check('without a script everything works by whole pages', async () => {
  const plain = await newVisitor({ javaScriptEnabled: false })
  await signIn(plain, PEOPLE.employee)
  await plain.goto(profile)
  await plain.locator('#reach').getByRole('link', { name: 'Change' }).click()
  await plain.getByLabel('Mobile').fill('+49 171 666')
  await plain.locator('#reach').getByRole('button', { name: 'Save' }).click()
  await plain.waitForURL(/done=saved/)
  await plain.locator('#reach').getByText('+49 171 666').waitFor()
  const photo = await picture('image/png')
  await plain.goto(`${profile}photo/`)
  await plain.locator('input[type=file]').setInputFiles(photo)
  await plain.getByRole('button', { name: 'Save' }).click()
  await plain.waitForURL(/done=saved/)
  equal(await plain.locator('.profile-face img').count(), 1, 'photos')
  await plain.context().close()
})

await check('a profile shows the workgroups that one may see', async () => {
  const secret = { VISIBLE: 'N', OPENED: 'N' }
  for (const group of [{ NAME: 'Chess' }, { NAME: 'Plots', ...secret }]) await call('sonet_group.create', { ...group, OWNER_ID: PEOPLE.admin.id })
  const old = await call('sonet_group.create', { NAME: 'Old garden', OWNER_ID: PEOPLE.admin.id })
  await call('sonet_group.update', { GROUP_ID: old, CLOSED: 'Y' })
  await page.goto(`/company/personal/user/${PEOPLE.admin.id}/`)
  const groups = await page.getByRole('region', { name: /^Workgroups/ }).getByRole('listitem').allInnerTexts()
  equal(groups.map((it) => it.trim()), ['Chess', 'Old garden Archived'], 'workgroups')
  await looksRight(page, ['light'])
})

let department
await check('an administrator changes the whole of a profile, with its departments', async () => {
  const admin = await newVisitor()
  await signIn(admin, PEOPLE.admin)
  await admin.goto(profile)
  await admin.getByRole('link', { name: 'Edit the profile' }).click()
  await admin.getByLabel('E-mail').fill(PEOPLE.admin.email)
  await admin.getByLabel('Position', { exact: true }).fill('Gardener')
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.getByRole('alert').waitFor()
  equal(await admin.getByLabel('Position', { exact: true }).inputValue(), 'Gardener', 'what was typed')
  await looksRight(admin, ['light'])
  await admin.getByLabel('E-mail').fill(PEOPLE.employee.email)
  const other = admin.locator('.department-ticks label').filter({ has: admin.locator('input:not(:checked)') }).last()
  department = (await other.innerText()).replace(/^[— ]+/, '')
  await other.locator('input').check()
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.waitForURL(/done=saved/)
  await admin.locator('#profile-top').getByText('Gardener').waitFor()
  await admin.locator('#profile-top').getByText(department).waitFor()
  await admin.context().close()
})

await check('an administrator sees what was changed, by whom, from what and to what', async () => {
  await page.goto(`${profile}history/`)
  await page.getByRole('heading', { name: 'You may not do that' }).waitFor()
  const admin = await newVisitor()
  await signIn(admin, PEOPLE.admin)
  await admin.goto(profile)
  await admin.locator('.profile-top summary').last().click()
  await admin.getByRole('link', { name: 'History' }).click()
  await admin.waitForURL(/\/history\//)
  const line = admin.getByRole('listitem').filter({ hasText: '+49 171 666' })
  equal(await line.locator('dt').allInnerTexts(), ['Mobile'], 'what was changed')
  equal([await line.locator('del').innerText(), await line.locator('ins').innerText()], ['+49 171 555', '+49 171 666'], 'from what, to what')
  const departments = admin.getByRole('listitem').filter({ hasText: 'Gardener' }).locator('dl > div').filter({ hasText: 'Departments' })
  ok((await departments.locator('ins').innerText()).includes(department), 'the name of the new department')
  equal(await admin.getByRole('listitem').filter({ hasText: 'Photo' }).first().locator('dd').innerText(), 'changed', 'of the photo')
  await looksRight(admin)
  await line.getByRole('link').first().click()
  await admin.waitForURL(`**${profile}`)
  await admin.context().close()
})

await check('an administrator erases whoever has left, after typing their address', async () => {
  const admin = await newVisitor()
  await signIn(admin, PEOPLE.admin)
  await admin.goto(`${profile}dismiss/`)
  if (await admin.getByRole('radio').count()) await admin.getByRole('radio').first().check()
  await admin.getByRole('button', { name: 'Dismiss' }).click()
  await admin.waitForURL(/done=dismissed/)
  await admin.locator('.profile-top summary').last().click()
  const data = JSON.parse(await saved(admin, admin.getByRole('link', { name: 'Download the stored data' })))
  ok(JSON.stringify(data).includes(PEOPLE.employee.email), 'the file is about the person')
  await admin.getByRole('link', { name: 'Erase the data' }).click()
  equal(await violations(admin), [], 'violations')
  await admin.getByLabel(/to confirm/).fill('someone@example.com')
  await admin.getByRole('button', { name: 'Erase for good' }).click()
  await admin.getByRole('alert').waitFor()
  await admin.getByLabel(/to confirm/).fill(PEOPLE.employee.email)
  await admin.getByRole('button', { name: 'Erase for good' }).click()
  await admin.waitForURL(/done=erased/)
  equal(await admin.locator('h1').textContent(), `Erased person ${PEOPLE.employee.id}`, 'the name')
  equal(await violations(admin), [], 'violations')
  const photo = await admin.request.get(`${URL_OF_MUSTER}${profile}`)
  ok(!(await photo.text()).includes(PEOPLE.employee.email), 'the address is not there any more')
  for (const colorScheme of THEMES) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await admin.emulateMedia({ colorScheme })
      await admin.setViewportSize(viewport)
      for (const path of ['?edit=reach', '?edit=work', '?edit=person', 'photo/']) {
        await admin.goto(`/company/personal/user/${PEOPLE.admin.id}/${path}`)
        equal(await violations(admin), [], `${path}, ${colorScheme}, ${size}`)
        const wide = await admin.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        ok(wide <= 0, `${path} is ${wide} pixels too wide, ${size}`)
      }
    }
  }
})

await finish()
