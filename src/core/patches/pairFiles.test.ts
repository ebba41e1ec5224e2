import { describe, expect, it } from 'vitest'
import { pairFiles } from './pairFiles'

function pair(...paths: string[]) {
  const { pairs, orphans } = pairFiles(paths.map(path => ({ path })))
  return {
    pairs: Object.fromEntries(pairs.map(({ image, mask }) => [image.path, mask?.path ?? null])),
    orphans: orphans.map(({ path }) => path),
  }
}

describe('pairFiles', () => {
  it('pairs the layout of the competition', () => {
    expect(
      pair('train/img/image_1.h5', 'train/img/image_11.h5', 'train/mask/mask_11.h5', 'train/mask/mask_1.h5')
        .pairs,
    ).toEqual({
      'train/img/image_1.h5': 'train/mask/mask_1.h5',
      'train/img/image_11.h5': 'train/mask/mask_11.h5',
    })
  })

  it('pairs the layout of its mirror, split by split', () => {
    expect(
      pair(
        'images/train/image_1.h5',
        'images/validation/image_1.h5',
        'annotations/train/mask_1.h5',
        'annotations/test/mask_1.h5',
      ),
    ).toEqual({
      pairs: {
        'images/train/image_1.h5': 'annotations/train/mask_1.h5',
        'images/validation/image_1.h5': null,
      },
      orphans: ['annotations/test/mask_1.h5'],
    })
  })

  it('pairs flat files, same names in two folders, and suffixes', () => {
    expect(pair('image_7.h5', 'mask_7.h5').pairs).toEqual({ 'image_7.h5': 'mask_7.h5' })
    expect(pair('images/a.tif', 'labels/a.tif').pairs).toEqual({ 'images/a.tif': 'labels/a.tif' })
    expect(pair('s/a.tif', 's/a_mask.tif').pairs).toEqual({ 's/a.tif': 's/a_mask.tif' })
    expect(pair('strip_1_14band_raw.tif', 'strip_1_mask.tif').pairs).toEqual({
      'strip_1_14band_raw.tif': 'strip_1_mask.tif',
    })
  })

  it('never gives the mask of one folder to the image of another', () => {
    expect(pair('target/img/image_9.h5', 'train/mask/mask_9.h5')).toEqual({
      pairs: { 'target/img/image_9.h5': null },
      orphans: ['train/mask/mask_9.h5'],
    })
  })

  it('gives each mask to one image only', () => {
    const { pairs } = pair('a/image_1.h5', 'a/image_1.tif', 'a/mask_1.h5')
    expect(Object.values(pairs).filter(mask => mask !== null)).toEqual(['a/mask_1.h5'])
  })
})
