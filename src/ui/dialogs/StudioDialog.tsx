import type { ReactNode } from 'react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { closeDialog } from '../../state/shell/actions'
import { Icon } from '../controls/Icon'
import { useStudio } from '../studioContext'

/** The one frame for dialogs: Escape, a click outside and the cross close it. */
export function StudioDialog({
  title,
  wide,
  role,
  onClose,
  children,
}: {
  title: string
  wide?: boolean
  /** "alertdialog" where something would be lost. */
  role?: 'dialog' | 'alertdialog'
  /** What closing does besides; by default the dialog just goes. */
  onClose?: () => void
  children: ReactNode
}) {
  const studio = useStudio()
  const close = onClose ?? (() => closeDialog(studio))
  return (
    <ModalOverlay className="modal-overlay" isOpen isDismissable onOpenChange={open => !open && close()}>
      <Modal className={`modal${wide ? ' modal-wide' : ''}`}>
        <Dialog className="dialog" role={role ?? 'dialog'}>
          <div className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <Button className="button button-quiet button-icon" aria-label="Close" onPress={close}>
              <Icon name="close" />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
