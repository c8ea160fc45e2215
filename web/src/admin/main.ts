// Start of the admin entry: language first, then the first page.
import { createApp } from 'vue'
import { setSignedOutHandler } from '@/shared/api/client'
import { preferredLang, setLang } from '@/shared/i18n'
import '@/shared/ui/base.css'
import App from './App.vue'
import { router } from './router'
import { me } from './session'

setSignedOutHandler(() => {
  const here = router.currentRoute.value
  if (!me.value || here.meta.open) return
  me.value = null
  void router.push({ name: 'sign-in', query: { next: here.fullPath, ended: '1' } })
})

// Earlier versions kept telephone numbers in the browser; none is kept any more.
for (const key of Object.keys(localStorage)) if (key.startsWith('wufei.manifest.contact')) localStorage.removeItem(key)

await setLang(preferredLang(), false)
createApp(App).use(router).mount('#app')
