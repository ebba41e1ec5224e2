import { expect, test } from 'vitest'
import { contentKey, patchIdentity } from './patchIdentity'

const patch = (name: string, ...values: number[]) => ({
  name,
  width: 2,
  height: 1,
  data: Float32Array.from(values),
})

test('the same pixels give the same key whatever the name, others another', async () => {
  const [a, again, renamed, other] = await Promise.all([
    patchIdentity(patch('image_1', 1, 2)),
    patchIdentity(patch('image_1', 1, 2)),
    patchIdentity(patch('image_9', 1, 2)),
    patchIdentity(patch('image_1', 1, 3)),
  ])
  expect(again).toBe(a)
  expect(renamed).not.toBe(a)
  expect(contentKey(renamed!)).toBe(contentKey(a!))
  expect(contentKey(other!)).not.toBe(contentKey(a!))
})

test('a view of a larger buffer is hashed by its own values, and size tells apart', async () => {
  const large = Float32Array.of(9, 1, 2, 9)
  const view = { ...patch('image_1'), data: large.subarray(1, 3) }
  expect(await patchIdentity(view)).toBe(await patchIdentity(patch('image_1', 1, 2)))
  const turned = { ...patch('image_1', 1, 2), width: 1, height: 2 }
  expect(contentKey(await patchIdentity(turned))).not.toBe(contentKey(await patchIdentity(view)))
})

test('names are made safe and short, and never empty', async () => {
  expect(await patchIdentity(patch('a/b ~c', 1, 2))).toMatch(/^a-b-c~2x1~[0-9a-f]{16}$/)
  expect(await patchIdentity(patch('', 1, 2))).toMatch(/^patch~/)
  expect((await patchIdentity(patch('x'.repeat(300), 1, 2))).length).toBeLessThan(70)
})
