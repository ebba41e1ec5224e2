import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { tf } from '../tensorflow'
import { expectNoLeak, withLimits } from '../testing/memoryAndLimits'
import { webGpuBackend } from '../webgpuBackend'
import { type Kernel, runForResults } from './kernel'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const LENGTH = 12

/** x + 1, 2 x as vectors, and every fourth x + y. */
const THREE_RESULTS: Kernel = {
  name: 'threeResults',
  variables: ['x', 'y'],
  code: `
fn main(index : i32) {
  if (index >= uniforms.length / 4) { return; }
  let four = vec4<f32>(x[4 * index], x[4 * index + 1], x[4 * index + 2], x[4 * index + 3]);
  for (var i = 0; i < 4; i++) { result[4 * index + i] = four[i] + 1.0; }
  twice[index] = 2.0 * four;
  sums[index] = four.x + y[index];
}`,
  outputShape: [LENGTH],
  more: [
    { name: 'twice', shape: [3, 4], components: 4 },
    { name: 'sums', shape: [LENGTH / 4] },
  ],
  groups: 1,
  uniforms: { length: LENGTH },
}

async function run(): Promise<number[][]> {
  const results = tf.tidy(() => {
    const x = tf.range(0, LENGTH, 1, 'float32')
    return runForResults(webGpuBackend()!, THREE_RESULTS, [x, tf.tensor1d([100, 200, 300])])
  })
  const values = await Promise.all(results.map(async result => [...(await result.data())]))
  tf.dispose(results)
  return values
}

test('a kernel writes several results in one dispatch and leaves nothing else', async () => {
  const numbers = Array.from({ length: LENGTH }, (_, i) => i)
  await expectNoLeak(async () => {
    const [more, twice, sums] = await run()
    expect(more).toEqual(numbers.map(x => x + 1))
    expect(twice).toEqual(numbers.map(x => 2 * x))
    expect(sums).toEqual([100, 204, 308])
  })
})

test('every result counts as a buffer of the shader, and a refusal leaves nothing', async () => {
  await expectNoLeak(async () => {
    const refused = () => withLimits({ maxStorageBuffersPerShaderStage: 4 }, () => tf.tidy(threeResults))
    expect(refused).toThrow(/joins 4 tensors/)
  })
})

function threeResults(): tf.Tensor[] {
  const inputs = [tf.ones([LENGTH]), tf.ones([3])]
  return runForResults(webGpuBackend()!, THREE_RESULTS, inputs)
}
