import { beforeAll, describe, expect, test } from 'vitest'
import { rehearse } from '../gpu/rehearsal'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../gpu/testing/compareTensors'
import { expectNoLeak, shrinkLimits, withLimits } from '../gpu/testing/memoryAndLimits'
import { engineMemory } from '../gpu/webgpuBackend'
import { silu } from './ops/activations'
import { conv2d } from './ops/convolution'
import { detached } from './ops/differentiable'
import { linear } from './ops/linear'
import { maxPool } from './ops/maxPool'
import type { Parameter } from './parameterStore'
import { recomputed, valueAndGradients } from './valueAndGradients'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function parameter(name: string, value: tf.Tensor): Parameter {
  const variable = tf.variable(value)
  value.dispose()
  return { name, layout: 'plain', variable, trainable: true, decay: true }
}

/** A loss with shared inputs, a residual, a constant branch and a parameter that does not matter. */
function small() {
  const image = tf.tensor4d(pseudoRandom(6 * 6 * 4, 1), [1, 6, 6, 4])
  const kernel = parameter('kernel', tf.tensor4d(pseudoRandom(9 * 16, 2), [3, 3, 4, 4]))
  const scale = parameter('scale', tf.tensor1d([1, 2, -1, 0.5]))
  const idle = parameter('idle', tf.zeros([3]))
  const loss = () => {
    const y = conv2d(image, kernel.variable as tf.Variable<tf.Rank.R4>, { padding: 1 })
    const gate = detached(() => tf.sigmoid(y))
    return tf.mean(tf.square(tf.add(silu(tf.mul(y, scale.variable)), tf.mul(gate, y)))) as tf.Scalar
  }
  return { image, parameters: [kernel, scale, idle], loss }
}

test('equals tf.variableGrads, with zeros for a parameter that does not matter', async () => {
  const { parameters, loss } = small()
  const { value, gradients } = valueAndGradients(loss, parameters)
  const [kernel, scale] = parameters.map(({ variable }) => variable) as [tf.Variable, tf.Variable]
  const expected = tf.variableGrads(loss, [kernel, scale])
  expect(await value.data()).toEqual(await expected.value.data())
  expect(await largestDifference(gradients[0]!, await expected.grads[kernel.name]!.data())).toBeLessThan(1e-6)
  expect(await largestDifference(gradients[1]!, await expected.grads[scale.name]!.data())).toBeLessThan(1e-6)
  expect(Array.from(await gradients[2]!.data())).toEqual([0, 0, 0])
})

/** Operations whose gradients look at shapes alone, on a map [1, 8, 8, 4] and a row [4]. */
const READING_SHAPES: Record<string, (x: tf.Tensor4D, row: tf.Tensor1D) => tf.Tensor> = {
  add: (x, row) => tf.add(x, row),
  'add of many': (x, row) => tf.addN([x, tf.add(x, row), x]),
  concatenation: (x, row) => tf.concat([x, tf.mul(x, row)], 3),
  'one more axis': (x, row) => tf.mul(x, tf.expandDims(tf.mul(row, 2), 0)),
  mean: (x, row) => tf.mul(tf.mean(x, [1, 2]), row),
  'mirrored padding': (x, row) =>
    tf.mirrorPad(
      tf.mul(x, row),
      [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ],
      'reflect',
    ),
  stack: (x, row) => tf.stack([x, tf.mul(x, row)]),
  padding: (x, row) =>
    tf.pad(tf.mul(x, row), [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
  reshape: (x, row) => tf.mul(tf.reshape(x, [64, 4]), row),
  slice: (x, row) => tf.slice(tf.mul(x, row), [0, 1, 2, 0], [-1, 4, 5, -1]),
  subtraction: (x, row) => tf.sub(row, x),
  sum: (x, row) => tf.mul(tf.sum(x, 1), row),
}

describe('operations whose gradients look at shapes alone', () => {
  test.each(Object.keys(READING_SHAPES))('%s: the gradient is that of tf.variableGrads', async name => {
    const x = parameter('x', tf.tensor4d(pseudoRandom(256, 1), [1, 8, 8, 4]))
    const row = parameter('row', tf.tensor1d(pseudoRandom(4, 2)))
    const [map, channels] = [x.variable as tf.Variable<tf.Rank.R4>, row.variable as tf.Variable<tf.Rank.R1>]
    const loss = () => tf.sum(tf.square(READING_SHAPES[name]!(map, channels))) as tf.Scalar
    const { gradients } = valueAndGradients(loss, [x, row])
    const expected = tf.variableGrads(loss, [map, channels])
    expect(await largestDifference(gradients[0]!, await expected.grads[map.name]!.data())).toBe(0)
    expect(await largestDifference(gradients[1]!, await expected.grads[channels.name]!.data())).toBe(0)
  })

  test('keep no memory', () => {
    const bytes = 4 * 64 * 64 * 16
    const { peakBytes } = rehearse(() => {
      const x = parameter('x', tf.zeros([1, 64, 64, 16]))
      const step = (y: tf.Tensor) =>
        tf.reshape(
          tf.pad(tf.add(y, 1), [
            [0, 0],
            [0, 0],
          ]),
          y.shape,
        )
      const loss = () => {
        let y: tf.Tensor = tf.clone(x.variable)
        for (let i = 0; i < 40; i++) {
          const before = y
          y = tf.tidy(() => step(before))
          before.dispose()
        }
        return tf.sum(y) as tf.Scalar
      }
      tf.dispose(Object.values(valueAndGradients(loss, [x])).flat())
      x.variable.dispose()
    })
    // Kept, they would be 80; freed ones come back at the next submit.
    expect(peakBytes).toBeLessThan(40 * bytes)
  })
})

describe('a part that is computed again', () => {
  /** Residual parts whose inputs are also used before and after them. */
  function chain(image: tf.Tensor4D, [kernel, scale]: readonly Parameter[], again: boolean) {
    const part = (x: tf.Tensor4D): tf.Tensor4D => {
      const y = conv2d(x, kernel!.variable as tf.Variable<tf.Rank.R4>, { padding: 1 })
      return tf.add(silu(tf.mul(y, scale!.variable)), x)
    }
    const run = (x: tf.Tensor4D) =>
      again
        ? recomputed(
            [x],
            () => part(x),
            ([copy]) => part(copy as tf.Tensor4D),
          )
        : part(x)
    const first = tf.mul(image, scale!.variable) as tf.Tensor4D
    const second = run(first)
    const third = run(second)
    return tf.mean(tf.square(tf.add(tf.mul(first, second), third))) as tf.Scalar
  }

  test('gives the same bits, and nothing of it is kept', () =>
    expectNoLeak(async () => {
      const { image, parameters } = small()
      const plain = valueAndGradients(() => chain(image, parameters, false), parameters)
      const again = valueAndGradients(() => chain(image, parameters, true), parameters)
      for (const [i, gradient] of [plain.value, ...plain.gradients].entries()) {
        expect(await [again.value, ...again.gradients][i]!.data()).toEqual(await gradient.data())
      }
      tf.dispose([image, ...Object.values(plain).flat(), ...Object.values(again).flat()])
      tf.dispose(parameters.map(({ variable }) => variable))
    }))

  test('leaves nothing where it fails, the first time or the second', () =>
    expectNoLeak(async () => {
      const { image, parameters } = small()
      const stop = () => {
        throw new Error('stop')
      }
      const loss = (first: () => tf.Tensor, again: () => tf.Tensor) => () =>
        tf.sum(tf.add(recomputed([image], first, again), parameters[1]!.variable)) as tf.Scalar
      const whole = () => tf.square(image)
      expect(() => valueAndGradients(loss(stop, whole), parameters)).toThrow('stop')
      expect(() => valueAndGradients(loss(whole, stop), parameters)).toThrow('stop')
      tf.dispose([image, parameters.map(({ variable }) => variable)])
    }))

  test('is computed once where no gradient is taken', () => {
    const [x] = [tf.tensor1d([1, 2])]
    let count = 0
    const compute = () => {
      count++
      return tf.square(x!)
    }
    recomputed([x!], compute, compute).dispose()
    expect(count).toBe(1)
    x!.dispose()
  })
})

test('linear maps take up the gradient that their input has already, without a dispatch of its own', async () => {
  const image = tf.tensor4d(pseudoRandom(2 * 5 * 7 * 8, 1), [2, 5, 7, 8])
  const [first, second] = [2, 3].map(seed => parameter('w', tf.tensor2d(pseudoRandom(64, seed), [8, 8])))
  const scale = parameter('scale', tf.tensor1d(pseudoRandom(8, 4)))
  const loss = () => {
    const x = tf.mul(image, scale.variable)
    const one = linear(x, first!.variable as tf.Variable<tf.Rank.R2>)
    // Of the sums' two terms, and of the same map twice.
    const two = linear(silu(tf.add(one, x)), second!.variable as tf.Variable<tf.Rank.R2>)
    return tf.mean(tf.square(tf.add(two, x))) as tf.Scalar
  }
  const parameters = [first!, second!, scale]
  const variables = parameters.map(({ variable }) => variable)
  const { gradients } = valueAndGradients(loss, parameters)
  const expected = tf.variableGrads(loss, variables)
  for (const [i, variable] of variables.entries()) {
    const wanted = await expected.grads[variable.name]!.data()
    expect(await largestDifference(gradients[i]!, wanted)).toBeLessThan(1e-6)
  }
  const { byKernel } = rehearse(() => {
    const again = parameters.map(({ name, variable }) => parameter(name, tf.zeros(variable.shape)))
    const [a, b, c] = again.map(({ variable }) => variable)
    valueAndGradients(() => {
      const x = tf.mul(tf.zeros([2, 5, 7, 8]), c!)
      const one = linear(x, a as tf.Variable<tf.Rank.R2>)
      return tf.mean(tf.add(linear(x, b as tf.Variable<tf.Rank.R2>), one)) as tf.Scalar
    }, again)
    tf.dispose(again.map(({ variable }) => variable))
  })
  // Of the forward pass.
  expect(byKernel.get('binary add')?.dispatches).toBe(1)
})

test('a max pool takes it up, too', async () => {
  const image = parameter('image', tf.tensor4d(pseudoRandom(2 * 6 * 7 * 4, 1), [2, 6, 7, 4]))
  const loss = ({ variable }: Parameter) => {
    const x = tf.mul(variable, 2) as tf.Tensor4D
    const pooled = maxPool(x, { size: 3, stride: 2, padding: 1 })
    return tf.add(tf.mean(tf.square(pooled)), tf.mean(tf.square(x))) as tf.Scalar
  }
  const { gradients } = valueAndGradients(() => loss(image), [image])
  const expected = tf.variableGrads(() => loss(image), [image.variable])
  const wanted = await expected.grads[image.variable.name]!.data()
  expect(await largestDifference(gradients[0]!, wanted)).toBeLessThan(1e-6)
  const { byKernel } = rehearse(() => {
    const again = parameter('again', tf.zeros(image.variable.shape))
    valueAndGradients(() => loss(again), [again])
    again.variable.dispose()
  })
  // Of the two means.
  expect(byKernel.get('binary add')?.dispatches).toBe(1)
  expect(byKernel.get('maxPoolGradient')?.dispatches).toBe(1)
})

test('assignments inside the loss stay, and do not enter the gradient', async () => {
  const running = tf.variable(tf.scalar(1), false)
  const weight = parameter('w', tf.scalar(3))
  const { value, gradients } = valueAndGradients(() => {
    running.assign(detached(() => tf.mul(weight.variable, 10) as tf.Scalar))
    return tf.square(weight.variable) as tf.Scalar
  }, [weight])
  expect((await running.data())[0]).toBe(30)
  expect((await value.data())[0]).toBe(9)
  expect((await gradients[0]!.data())[0]).toBe(6)
})

test('leaves neither tensors nor GPU memory behind, also when the loss throws', async () => {
  const { parameters, loss } = small()
  const run = () => {
    const { value, gradients } = valueAndGradients(loss, parameters)
    tf.dispose([value, ...gradients])
  }
  // Reading submits the queue, and only then are buffers handed back.
  const settle = async () => {
    const sum = tf.add(parameters[1]!.variable, 1)
    await sum.data()
    sum.dispose()
  }
  run()
  await settle()
  const before = engineMemory()
  for (let i = 0; i < 3; i++) run()
  const failing = () => {
    loss()
    throw new Error('stop')
  }
  expect(() => valueAndGradients(failing, parameters)).toThrow('stop')
  run()
  await settle()
  const after = engineMemory()
  expect(after.tensors).toBe(before.tensors)
  expect(after.gpuBytes).toBe(before.gpuBytes)
})

test('an operation without a gradient is an error, instead of passing for a constant, and nothing is kept', () =>
  expectNoLeak(async () => {
    const weight = parameter('w', tf.tensor1d([1, 3, 2]))
    const loss = () => tf.sum(tf.topk(tf.mul(weight.variable, 2), 2).values) as tf.Scalar
    expect(() => valueAndGradients(loss, [weight])).toThrow('no gradient for TopK')
    weight.variable.dispose()
  }))

test('a stock gradient that forgets what was broadcast is an error, and nothing is kept', () =>
  expectNoLeak(async () => {
    const one = parameter('w', tf.tensor3d(pseudoRandom(6, 1), [1, 2, 3]))
    const zero = parameter('z', tf.tensor1d([0.5]))
    const many = tf.tensor3d(pseudoRandom(24, 2), [4, 3, 2])
    const product = () => tf.sum(tf.matMul(one.variable, many)) as tf.Scalar
    const largest = () => tf.sum(tf.maximum(many, zero.variable)) as tf.Scalar
    expect(() => valueAndGradients(product, [one])).toThrow('gradient of BatchMatMul has shape [4,2,3]')
    expect(() => valueAndGradients(largest, [zero])).toThrow('gradient of Maximum has shape [4,3,2]')
    tf.dispose([many, one.variable, zero.variable])
  }))

test('what an operation wants to keep for its gradient goes if the operation itself is refused', () =>
  expectNoLeak(async () => {
    const weight = parameter('w', tf.tensor1d(pseudoRandom(2000)))
    const loss = () => tf.sum(silu(weight.variable)) as tf.Scalar
    // Its values reach the GPU first, so that it is the result that does not fit.
    tf.dispose(Object.values(valueAndGradients(loss, [weight])).flat())
    withLimits({ maxStorageBufferBindingSize: 7999 }, () => {
      expect(() => valueAndGradients(loss, [weight])).toThrow(expect.objectContaining({ code: 'gpu-limit' }))
    })
    weight.variable.dispose()
  }))

test('gradients inside a function that is being differentiated are refused', () =>
  expectNoLeak(async () => {
    const weight = parameter('w', tf.scalar(3))
    const inner = () => valueAndGradients(() => tf.square(weight.variable) as tf.Scalar, [weight]).value
    expect(() => valueAndGradients(inner, [weight])).toThrow(expect.objectContaining({ code: 'internal' }))
    weight.variable.dispose()
  }))

test('a forward or a backward pass that the device’s limits refuse leaves nothing behind', () =>
  expectNoLeak(async () => {
    const { image, parameters, loss } = small()
    // Activations take 576 bytes: the first operation throws, then the first of the backward pass.
    withLimits({ maxStorageBufferBindingSize: 100 }, () => {
      expect(() => valueAndGradients(loss, parameters)).toThrow(
        expect.objectContaining({ code: 'gpu-limit' }),
      )
    })
    let restore = () => {}
    const shrinking = () => {
      const value = loss()
      restore = shrinkLimits({ maxStorageBufferBindingSize: 575 })
      return value
    }
    expect(() => valueAndGradients(shrinking, parameters)).toThrow(
      expect.objectContaining({ code: 'gpu-limit' }),
    )
    restore()
    tf.dispose([image, parameters.map(({ variable }) => variable)])
  }))
