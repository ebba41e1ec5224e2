import type { ReactNode } from 'react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { closeDialog } from '../../state/shell/actions'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** The one frame for dialogs: Escape, a click outside and the cross close it. */
export function StudioDialog({
  title,
  wide,
  role,
  onClose,
  children,
}: {
  title: string
  /** "pictures": as wide as a row of large pictures. */
  wide?: boolean | 'pictures'
  /** "alertdialog" where something would be lost. */
  role?: 'dialog' | 'alertdialog'
  /** What closing does besides; by default the dialog just goes. */
  onClose?: () => void
  children: ReactNode
}) {
  const studio = useStudio()
  const id = useStudioState(state => state.shell.dialog)
  const close = onClose ?? (() => closeDialog(studio))
  return (
    <ModalOverlay className="modal-overlay" isOpen isDismissable onOpenChange={open => !open && close()}>
      <Modal className={`modal${wide ? ' modal-wide' : ''}${wide === 'pictures' ? ' modal-pictures' : ''}`}>
        <Dialog className="dialog" role={role ?? 'dialog'} data-dialog={id}>
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

interface ConfirmDialogProps {
  title: string
  /** What would be lost, and what stays. */
  children: ReactNode
  /** Leaves everything as it is, and has the focus. */
  keep: string
  confirm: string
  onConfirm: () => void
  /** True where it deletes for good. */
  danger?: boolean
  /** Another way, at the other end of the row. */
  aside?: ReactNode
}

/** Asks before something is lost. What is confirmed closes the dialog. */
export function ConfirmDialog({
  title,
  children,
  keep,
  confirm,
  onConfirm,
  danger,
  aside,
}: ConfirmDialogProps) {
  const studio = useStudio()
  return (
    <StudioDialog title={title} role="alertdialog">
      <div className="stack">
        {children}
        <div className="dialog-foot">
          {aside}
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={() => closeDialog(studio)}>
            {keep}
          </Button>
          <Button
            className={`button ${danger ? 'button-danger' : 'button-primary'}`}
            onPress={() => {
              closeDialog(studio)
              onConfirm()
            }}
          >
            {confirm}
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
