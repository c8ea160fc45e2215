// The texts of the phone page: what it uses of the others stands here again, so that it loads a third of them. A test
// keeps both the same.
import common from './common'
import enums from './enums'
import m from './m'

const texts = {
  ...common, ...enums, ...m,
  'sign.password': '登录密码',
  'sign.password_hint': '重新输入密码即为签署',
  'sign.version': '签署版本',
  'sign.hash': '内容摘要',
  'sign.signer': '签署人',
  'sign.blocked': '不符合规定，不能签署',
  'sign.submit': '签署',
  'sign.done': '已签署',
  'sign.statement.carrier': '我确认所载危险废物与联单一致，车辆和人员资格有效，现予起运。',
  'sign.statement.arrival': '我确认危险废物已运抵接受人。',
  'signin.title': '登录',
  'signin.login': '账号',
  'signin.password': '密码',
  'signin.totp': '动态验证码',
  'signin.totp_hint': '身份验证器中的 6 位数字',
  'signin.submit': '登录',
  'signin.bad': '账号或密码不正确',
  'signin.demo_title': '选择一个演示岗位',
  'signin.demo_text': '点击即以该岗位登录。所有演示账号的密码都是 {password}。',
  'shell.other_language': 'English',
  'scan.camera': '打开相机',
  'scan.stop': '关闭相机',
  'scan.photo': '选择照片',
  'scan.typed': '容器编码、联单编号',
  'scan.find': '查找',
  'scan.no_camera': '无法使用相机。请选择照片或输入编码。',
  'scan.no_code': '照片中没有找到二维码',
  'scan.looking': '正在识别…',
  'scan.view': '相机画面',
  'man.containers': '{count} 个容器',
  'man.vehicle': '车辆',
  'man.driver': '驾驶员',
  'man.escort': '押运员',
  'man.route': '路线',
  'work.due': '期限 {at}',
}
export default texts
