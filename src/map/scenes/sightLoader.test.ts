import { expect, test } from 'vitest'
import { SightLoader, type Wanted } from './sightLoader'

const item = (place: string, version = '1'): Wanted => ({ place, version })

function open(atOnce = 2) {
  const begun: { place: string; version: string; signal: AbortSignal; end: (thrown?: Error) => void }[] = []
  const heard = { ready: 0, failed: [] as unknown[] }
  const loader = new SightLoader<Wanted, { of: string }>({
    load: ({ place, version }, signal) =>
      new Promise((resolve, reject) => {
        const end = (thrown?: Error) => (thrown ? reject(thrown) : resolve({ of: `${place}${version}` }))
        begun.push({ place, version, signal, end })
      }),
    budget: 3,
    bytesOf: () => 1,
    atOnce,
    onReady: () => heard.ready++,
    onFailed: thrown => heard.failed.push(thrown),
  })
  const end = async (place: string, thrown?: Error) => {
    begun.findLast(one => one.place === place)!.end(thrown)
    await new Promise(resolve => setTimeout(resolve))
  }
  return { loader, begun, heard, end, order: () => begun.map(({ place }) => place) }
}

test('the most urgent come first, no more at once than may be', async () => {
  const { loader, order, end } = open()
  loader.want(['a', 'b', 'c', 'd'].map(place => item(place)))
  expect(order()).toEqual(['a', 'b'])
  await end('b')
  expect(order()).toEqual(['a', 'b', 'c'])
  loader.want(['a', 'd', 'c'].map(place => item(place)))
  await end('a')
  expect(order()).toEqual(['a', 'b', 'c', 'd'])
  expect(loader.get(item('a'))).toEqual({ of: 'a1' })
})

test('what left the sight is given up, and makes room at once', async () => {
  const { loader, begun, order, end, heard } = open()
  loader.want([item('a'), item('b')])
  loader.want([item('c'), item('d')])
  expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true, false, false])
  expect(order()).toEqual(['a', 'b', 'c', 'd'])
  // It answered all the same.
  await end('a')
  expect(loader.get(item('a'))).toBeUndefined()
  expect(heard.ready).toBe(0)
})

test('the former version stays until the next is there', async () => {
  const { loader, end } = open()
  loader.want([item('a')])
  await end('a')
  loader.want([item('a', '2')])
  expect(loader.get(item('a', '2'))).toBeUndefined()
  expect(loader.last('a')).toEqual({ of: 'a1' })
  await end('a')
  expect(loader.last('a')).toEqual({ of: 'a2' })
})

test('what is kept stays within the budget, what was used last longest', async () => {
  const { loader, end } = open(4)
  for (const place of ['a', 'b', 'c', 'd']) {
    loader.get(item('a'))
    loader.want([item(place)])
    await end(place)
  }
  expect(['a', 'b', 'c', 'd'].filter(place => loader.get(item(place)))).toEqual(['a', 'c', 'd'])
})

test('a failure is said once, and tried again when asked', async () => {
  const { loader, begun, heard, end } = open()
  loader.want([item('a')])
  await end('a', new Error('gone'))
  loader.want([item('a')])
  expect(heard.failed).toEqual([new Error('gone')])
  expect(begun).toHaveLength(1)
  loader.retry()
  expect(begun).toHaveLength(2)
  await end('a')
  expect(loader.get(item('a'))).toEqual({ of: 'a1' })
})
