import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { makeSecret, signWebhook } from './sign.ts'

const body = '{"test": 2432232314}'

describe('signWebhook', () => {
  test('gives the signature of the reference implementation for its known vector', () => {
    const headers = signWebhook({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: new Date(1_614_265_330_000),
      body,
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    })
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('is verified by the standardwebhooks library, also beyond ASCII', () => {
    const secret = makeSecret()
    const text = JSON.stringify({ image_name: 'ação 🍾.jpg' })
    const headers = signWebhook({
      id: 'a-job-succeeded',
      timestamp: new Date(),
      body: text,
      secrets: [secret],
    })
    expect(new Webhook(secret).verify(text, headers)).toEqual({ image_name: 'ação 🍾.jpg' })
  })

  test('is refused when any part was changed', () => {
    const secret = makeSecret()
    const headers = signWebhook({ id: 'one', timestamp: new Date(), body, secrets: [secret] })
    const verifier = new Webhook(secret)
    const later = `${Number(headers['webhook-timestamp']) + 1}`
    expect(() => verifier.verify(`${body} `, headers)).toThrow('No matching signature found')
    expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'two' })).toThrow(
      'No matching signature found',
    )
    expect(() => verifier.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow(
      'No matching signature found',
    )
    expect(() => new Webhook(makeSecret()).verify(body, headers)).toThrow('No matching signature found')
  })

  test('with two secrets, a receiver that knows either verifies it', () => {
    const secrets = [makeSecret(), makeSecret()]
    const headers = signWebhook({ id: 'one', timestamp: new Date(), body, secrets })
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2)
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(body, headers)).toEqual({ test: 2_432_232_314 })
    }
  })
})

describe('makeSecret', () => {
  test('gives 32 random bytes, as Standard Webhooks writes them', () => {
    const [one, other] = [makeSecret(), makeSecret()]
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(one).not.toBe(other)
  })
})
