/** A file by its path; `mask` null where an image has none. */
export interface Pairing<File> {
  pairs: { image: File; mask: File | null }[]
  /** Masks that no image matches. */
  orphans: File[]
}

const ROLE_FOLDERS =
  /^(img|imgs|image|images|mask|masks|annotation|annotations|label|labels|gt|ground_truth)$/i
const MASK_FOLDERS = /^(mask|masks|annotation|annotations|label|labels|gt|ground_truth)$/i
const MASK_NAME = /^(mask|label|annotation|gt)[_-]?(?=\d)|[_-](mask|label|gt)$/i
const PREFIX = /^(image|img|mask|label|annotation|gt)[_-]?(?=\d)/i
const MASK_SUFFIX = /[_-](mask|label|gt)$/i

/** Whether a path names a mask: "mask_7.h5", "scene_mask.tif", "annotations/train/image_7.h5". */
export function namesMask(path: string): boolean {
  const { folders, stem } = split(path)
  if (MASK_NAME.test(stem)) return true
  // The folder nearest to the file that tells a role decides: masks/images/7.h5 is an image.
  const role = folders.findLast(folder => ROLE_FOLDERS.test(folder))
  return role !== undefined && MASK_FOLDERS.test(role)
}

/**
 * Pairs images with masks by name, in both known layouts of Landslide4Sense (train/img/image_N.h5 with
 * train/mask/mask_N.h5; images/train/image_N.h5 with annotations/train/mask_N.h5), flat in one folder, or with a suffix
 * (scene.tif with scene_mask.tif, also where the image's name goes on: scene_14band_raw.tif).
 */
export function pairFiles<File extends { path: string }>(files: readonly File[]): Pairing<File> {
  const images = files.filter(file => !namesMask(file.path))
  const masks = new Map<string, File[]>()
  for (const file of files) {
    if (!namesMask(file.path)) continue
    const key = keyOf(file.path)
    masks.set(key, [...(masks.get(key) ?? []), file])
  }
  const taken = new Set<File>()
  const pairs = images.map(image => {
    const mask = masks.get(keyOf(image.path))?.find(candidate => !taken.has(candidate)) ?? null
    if (mask) taken.add(mask)
    return { image, mask }
  })
  const unpaired = [...masks.values()].flat().filter(mask => !taken.has(mask))
  const orphans: File[] = []
  for (const mask of unpaired) {
    const free = pairs.filter(pair => pair.mask === null && goesOnFrom(pair.image.path, mask.path))
    if (free.length === 1) free[0]!.mask = mask
    else orphans.push(mask)
  }
  return { pairs, orphans }
}

/** "train/img/image_7.h5" -> "train/*|7" */
function keyOf(path: string): string {
  const { folders, stem } = split(path)
  const place = folders.map(folder => (ROLE_FOLDERS.test(folder) ? '*' : folder)).join('/')
  return `${place}|${stem.replace(PREFIX, '').replace(MASK_SUFFIX, '')}`
}

/** Whether an image's key is a mask's key and more: "scene_14band_raw" from "scene". */
function goesOnFrom(imagePath: string, maskPath: string): boolean {
  return keyOf(imagePath).startsWith(`${keyOf(maskPath)}_`)
}

function split(path: string): { folders: string[]; stem: string } {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  const file = parts.at(-1) ?? ''
  return { folders: parts.slice(0, -1), stem: file.replace(/\.[^.]*$/, '') }
}
