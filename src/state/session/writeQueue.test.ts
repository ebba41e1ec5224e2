import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { Timers } from '../scheduling'
import type { Unsaved } from './slice'
import { pacedCount, WriteQueue } from './writeQueue'

describe('paced count', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('reports the first and zero at once, and in between once a pause', () => {
    const shown: number[] = []
    const count = pacedCount(new Timers(), value => shown.push(value))
    for (let value = 1; value <= 1000; value++) count(value)
    expect(shown).toEqual([1])
    vi.advanceTimersByTime(100)
    expect(shown).toEqual([1, 1000])
    for (let value = 999; value >= 0; value--) count(value)
    expect(shown).toEqual([1, 1000, 0])
    vi.advanceTimersByTime(1000)
    expect(shown).toEqual([1, 1000, 0])
  })
})

describe('write queue', () => {
  const full = () => new AppError('storage-full', 'The disk is full.')

  function queueOn(disk: string[], limit?: number) {
    const heard = { pending: 0, refused: [] as string[], unsaved: null as Unsaved | null }
    const queue = new WriteQueue(
      {
        onPending: pending => {
          heard.pending = pending
        },
        onRefused: message => heard.refused.push(message),
        onUnsaved: unsaved => {
          heard.unsaved = unsaved
        },
      },
      limit,
    )
    let room = true
    const write = (what: string) => async () => {
      if (!room) throw full()
      disk.push(what)
    }
    return { queue, heard, write, setRoom: (there: boolean) => (room = there) }
  }

  afterEach(() => vi.useRealTimers())

  test('a full disk keeps every change, in order, until there is room', async () => {
    const disk: string[] = []
    const { queue, heard, write, setRoom } = queueOn(disk)
    await queue.push(write('a'))
    setRoom(false)
    void queue.push(write('b'))
    await expect(queue.settled()).rejects.toMatchObject({ code: 'storage-full' })
    void queue.push(write('c'))
    void queue.push(write('d'))
    expect(heard).toMatchObject({ pending: 3, unsaved: { changes: 3, full: true, exceeded: false } })
    expect(await queue.retry()).toBe(false)
    expect(heard.unsaved).toMatchObject({ changes: 3, retrying: false })
    setRoom(true)
    expect(await queue.retry()).toBe(true)
    expect(disk).toEqual(['a', 'b', 'c', 'd'])
    expect(heard).toMatchObject({ pending: 0, unsaved: null, refused: [] })
  })

  test('tries again by itself', async () => {
    vi.useFakeTimers()
    const disk: string[] = []
    const { queue, heard, write, setRoom } = queueOn(disk)
    setRoom(false)
    void queue.push(write('a'))
    await vi.advanceTimersByTimeAsync(6_000)
    expect(heard.unsaved?.changes).toBe(1)
    setRoom(true)
    await vi.advanceTimersByTimeAsync(15_000)
    expect(disk).toEqual(['a'])
    expect(heard.unsaved).toBeNull()
  })

  test('a write that stays wrong is named and does not stop those behind it', async () => {
    const disk: string[] = []
    const { queue, heard, write } = queueOn(disk)
    void queue.push(() => Promise.reject(new AppError('bad-argument', 'There is already a verdict.')))
    void queue.push(write('b'))
    await queue.settled()
    expect(disk).toEqual(['b'])
    expect(heard.refused).toEqual(['There is already a verdict.'])
  })

  test('a mask that waits is written once, as it was last, and can be read meanwhile', async () => {
    const disk: string[] = []
    const { queue, write, setRoom } = queueOn(disk)
    setRoom(false)
    void queue.push(write('head'))
    await expect(queue.settled()).rejects.toBeDefined()
    void queue.push(write('old'), { key: 'mask/p', value: Uint8Array.of(1) })
    void queue.push(write('step'))
    void queue.push(write('new'), { key: 'mask/p', value: Uint8Array.of(2) })
    expect(queue.waitingValue('mask/p')).toEqual(Uint8Array.of(2))
    setRoom(true)
    await queue.retry()
    expect(disk).toEqual(['head', 'new', 'step'])
    expect(queue.waitingValue('mask/p')).toBeUndefined()
  })

  test('says when too much waits', async () => {
    const { queue, heard, write, setRoom } = queueOn([], 5_000)
    setRoom(false)
    void queue.push(write('a'), { bytes: 4_000 })
    await expect(queue.settled()).rejects.toBeDefined()
    expect(heard.unsaved?.exceeded).toBe(false)
    void queue.push(write('b'), { bytes: 4_000 })
    expect(heard.unsaved).toMatchObject({ exceeded: true, bytes: 8_000 })
  })

  test('a halted queue writes nothing, keeps what waits, and restarts without it', async () => {
    const disk: string[] = []
    const { queue, heard, write } = queueOn(disk)
    queue.halt('Another tab has the project.')
    void queue.push(write('a'))
    expect(await queue.retry()).toBe(false)
    expect(disk).toEqual([])
    expect(heard.unsaved).toMatchObject({ changes: 1, message: 'Another tab has the project.' })
    queue.restart()
    expect(heard.unsaved).toBeNull()
    await queue.push(write('b'))
    expect(disk).toEqual(['b'])
  })
})
