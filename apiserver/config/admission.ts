import type { AdmissionOptions } from '../admission/create-admission.ts';
import { defineSection } from './config-section.ts';

interface AdmissionConfig {
  readonly admission: AdmissionOptions;
}

/** Which admission plugins run, and what they are told. */
export const admission = defineSection({
  heading: 'Admission',
  flags: {
    'enable-admission-plugins': {
      kind: 'strings',
      description: 'Admission plugins that should be enabled in addition to default enabled ones.',
    },
    'admission-control-config-file': {
      kind: 'string',
      description: 'File with admission control configuration.',
    },
    'disable-admission-plugins': {
      kind: 'strings',
      description: 'Admission plugins that should be disabled although they are in the default enabled plugins list.',
    },
  },
  defaults: { admission: {} },
  configOf: (values): AdmissionConfig => ({
    admission: {
      enable: values.enableAdmissionPlugins,
      disable: values.disableAdmissionPlugins,
      configFile: values.admissionControlConfigFile,
    },
  }),
});
