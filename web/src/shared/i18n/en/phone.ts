// The texts of the phone page: what it uses of the others stands here again, so that it loads a third of them. A test
// keeps both the same.
import common from './common'
import enums from './enums'
import m from './m'

const texts = {
  ...common, ...enums, ...m,
  'sign.password': 'Your password',
  'sign.password_hint': 'Entering it again is your signature',
  'sign.version': 'Version signed',
  'sign.hash': 'Content hash',
  'sign.signer': 'Signer',
  'sign.blocked': 'Rules not met: cannot be signed',
  'sign.submit': 'Sign',
  'sign.done': 'Signed',
  'sign.statement.carrier': 'I confirm that the load agrees with the manifest, vehicle and crew are qualified, and we depart now.',
  'sign.statement.arrival': 'I confirm arrival at the receiver.',
  'signin.title': 'Sign in',
  'signin.login': 'Account',
  'signin.password': 'Password',
  'signin.totp': 'One-time code',
  'signin.totp_hint': '6 digits from your authenticator',
  'signin.submit': 'Sign in',
  'signin.bad': 'Account or password is wrong',
  'signin.demo_title': 'Choose a demo role',
  'signin.demo_text': 'One click signs you in. All demo accounts share the password {password}.',
  'shell.other_language': '中文',
  'scan.camera': 'Open the camera',
  'scan.stop': 'Close the camera',
  'scan.photo': 'Choose a photo',
  'scan.typed': 'Container code or manifest number',
  'scan.find': 'Find',
  'scan.no_camera': 'The camera is not available. Choose a photo or type the code.',
  'scan.no_code': 'No QR code found in the photo',
  'scan.looking': 'Looking…',
  'scan.view': 'Camera view',
  'man.containers': '{count} containers',
  'man.vehicle': 'Vehicle',
  'man.driver': 'Driver',
  'man.escort': 'Escort',
  'man.route': 'Route',
  'work.due': 'Due {at}',
}
export default texts
