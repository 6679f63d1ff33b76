// A mail server that keeps what it gets: real SMTP, over TLS, for those who sign in.
import { readFileSync } from 'node:fs'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { env } from './browser.mjs'

/** Starts a server at `port` and gives what waits for its mails. `secure` begins with TLS, otherwise STARTTLS is needed. */
export async function startMailServer(port, secure) {
  const received = []
  const waiting = []
  const pem = readFileSync(env('MUSTER_TLS_PEM'))
  const server = new SMTPServer({
    secure,
    key: pem,
    cert: pem,
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: false,
    onAuth({ username, password }, session, done) {
      const isRight = username === 'muster' && password === env('MUSTER_SMTP_PASSWORD') && session.secure
      done(isRight ? null : new Error('wrong password'), { user: username })
    },
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        const to = session.envelope.rcptTo.map((it) => it.address)
        received.push({ mail, to, from: session.envelope.mailFrom.address, secure: session.secure })
        waiting.splice(0).forEach((wake) => wake())
        done()
      }, done)
    }
  })
  server.on('error', (problem) => console.log(`the mail server: ${problem.message}`))
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening))

  /** The next mail to this address. It may take a while: a try that failed is repeated after some seconds. */
  async function nextTo(address) {
    const until = Date.now() + 60_000
    for (;;) {
      const place = received.findIndex((it) => it.to.includes(address))
      if (place >= 0) return received.splice(place, 1)[0]
      if (Date.now() > until) throw new Error(`no mail to ${address} within a minute`)
      await new Promise((wake) => {
        waiting.push(wake)
        setTimeout(wake, 500)
      })
    }
  }
  return { nextTo, stop: () => new Promise((stopped) => server.close(stopped)) }
}

/** The link in a mail: the same in its text and in its HTML. */
export function linkOf(mail) {
  const [link] = mail.text.match(/https?:\/\/\S+/) ?? []
  if (!link) throw new Error(`no link in ${mail.text}`)
  if (!mail.html.includes(`href="${link}"`)) throw new Error(`${link} is not in the HTML: ${mail.html}`)
  return link
}
