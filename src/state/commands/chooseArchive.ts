import { offerArchive } from '../actions/projectArchive'
import type { Studio } from '../studio'

/** Lets the person choose an archive with the browser's own dialog for files. */
export function chooseArchive(studio: Studio): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.zip,application/zip'
  input.dataset.testid = 'archive-input'
  input.hidden = true
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    input.remove()
    if (file) void offerArchive(studio, file.name, file)
  })
  input.addEventListener('cancel', () => input.remove())
  // In the page, so that it is not collected while the dialog is open.
  document.body.append(input)
  input.click()
}
