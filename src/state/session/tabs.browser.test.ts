import { expect, onTestFinished, test, vi } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { browserTabs, type TabMessage } from './tabs'

/** Two tabs of a project of their own, as far as one page can be two tabs. */
function twoTabs() {
  const name = `test-${crypto.randomUUID()}`
  return [browserTabs(name), browserTabs(name)] as const
}

test('messages reach the other tab, until it stops listening', async () => {
  const [one, other] = twoTabs()
  const heard: TabMessage[] = []
  const stop = other.listen(message => heard.push(message))
  one.post({ kind: 'hello', from: one.id })
  await eventually(() => expect(heard).toEqual([{ kind: 'hello', from: one.id }]))
  stop()
  one.post({ kind: 'here', from: one.id })
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(heard).toHaveLength(1)
})

test('one tab has the project, and the next gets it when it is released', async () => {
  const [one, other] = twoTabs()
  const hold = await one.acquire({ steal: false })
  const waiting = other.acquire({ steal: false })
  expect([await one.isHolder(), await other.isHolder()]).toEqual([true, false])
  hold.release()
  await hold.gone
  const next = await waiting
  expect([await one.isHolder(), await other.isHolder()]).toEqual([false, true])
  next.release()
})

test('a tab that leaves the queue gets an abort error and never the project', async () => {
  const [one, other] = twoTabs()
  const hold = await one.acquire({ steal: false })
  const place = new AbortController()
  const waiting = other.acquire({ steal: false, signal: place.signal })
  place.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  hold.release()
  await hold.gone
  expect(await other.isHolder()).toBe(false)
})

test('a tab whose project is taken learns of it', async () => {
  const [one, other] = twoTabs()
  const hold = await one.acquire({ steal: false })
  const taken = await other.acquire({ steal: true })
  await hold.gone
  expect([await one.isHolder(), await other.isHolder()]).toEqual([false, true])
  taken.release()
})

test.each([
  ['at once', 0],
  ['late', 50],
])('a tab that takes what it got a moment ago still has it, where it hears %s of the loss', async (_, ms) => {
  const request = navigator.locks.request.bind(navigator.locks) as (...args: unknown[]) => Promise<unknown>
  vi.spyOn(navigator.locks, 'request').mockImplementation((...args: unknown[]) => {
    const held = request(...args)
    if (ms === 0) return held
    return held.catch(async error => {
      await new Promise(resolve => setTimeout(resolve, ms))
      throw error
    })
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const [tab] = twoTabs()
  const first = await tab.acquire({ steal: false })
  const second = await tab.acquire({ steal: true })
  await first.gone
  expect(await tab.isHolder()).toBe(true)
  second.release()
  await second.gone
  expect(await tab.isHolder()).toBe(false)
})
