/**
 * The messages in which OpenAPI documents are sent as protobuf: those of gnostic's `openapi.v2` and `openapi.v3`, as far
 * as our documents use them. A line is a message: `key number type`, where a type is a scalar, a message, `[]` a list,
 * `{}` a message with a list of named values as field 1, and `any` free JSON as YAML. The key `x-` stands for all
 * extensions, `*` for all keys that no other field takes.
 */
export const openApiV2Messages = `
Document: swagger 1 string; info 2 Info; paths 8 Paths; definitions 9 {}Schema; security 12 []{}StringArray;
  securityDefinitions 13 {}SecurityDefinition; x- 16 extensions
Info: title 1 string; version 2 string; description 3 string; x- 7 extensions
Paths: x- 1 extensions; * 2 PathItem
PathItem: get 2 Operation; put 3 Operation; post 4 Operation; delete 5 Operation; options 6 Operation; head 7 Operation;
  patch 8 Operation; parameters 9 []ParameterOrReference; x- 10 extensions
Operation: tags 1 []string; summary 2 string; description 3 string; operationId 5 string; produces 6 []string;
  consumes 7 []string; parameters 8 []ParameterOrReference; responses 9 Responses; schemes 10 []string; x- 13 extensions
BodyParameter: description 1 string; name 2 string; in 3 string; required 4 bool; schema 5 Schema; x- 6 extensions
QueryParameter: required 1 bool; in 2 string; description 3 string; name 4 string; type 6 string; format 7 string;
  default 10 any; pattern 17 string; uniqueItems 20 bool; enum 21 []any; x- 23 extensions
OtherParameter: required 1 bool; in 2 string; description 3 string; name 4 string; type 5 string; format 6 string;
  default 9 any; pattern 16 string; uniqueItems 19 bool; enum 20 []any; x- 22 extensions
Responses: x- 2 extensions; * 1 ResponseOrReference
Response: description 1 string; schema 2 ResponseSchema; x- 5 extensions
Reference: $ref 1 string; description 2 string
Schema: $ref 1 string; format 2 string; title 3 string; description 4 string; default 5 any; multipleOf 6 double;
  maximum 7 double; exclusiveMaximum 8 bool; minimum 9 double; exclusiveMinimum 10 bool; maxLength 11 int;
  minLength 12 int; pattern 13 string; maxItems 14 int; minItems 15 int; uniqueItems 16 bool; maxProperties 17 int;
  minProperties 18 int; required 19 []string; enum 20 []any; additionalProperties 21 SchemaOrBool; type 22 Strings;
  items 23 Items; allOf 24 []Schema; properties 25 {}Schema; example 30 any; x- 31 extensions
ApiKeySecurity: type 1 string; name 2 string; in 3 string; description 4 string; x- 5 extensions
`;

/** As `openApiV2Messages`, for version 3. */
export const openApiV3Messages = `
Document: openapi 1 string; info 2 Info; paths 4 Paths; components 5 Components; security 6 []{}StringArray; x- 9 extensions
Info: title 1 string; description 2 string; version 6 string; x- 7 extensions
Paths: x- 2 extensions; * 1 PathItem
PathItem: summary 2 string; description 3 string; get 4 Operation; put 5 Operation; post 6 Operation; delete 7 Operation;
  options 8 Operation; head 9 Operation; patch 10 Operation; parameters 13 []ParameterOrReference; x- 14 extensions
Operation: tags 1 []string; summary 2 string; description 3 string; operationId 5 string;
  parameters 6 []ParameterOrReference; requestBody 7 RequestBodyOrReference; responses 8 Responses; deprecated 9 bool;
  x- 13 extensions
Parameter: name 1 string; in 2 string; description 3 string; required 4 bool; schema 10 SchemaOrReference;
  content 13 {}MediaType; x- 14 extensions
Reference: $ref 1 string; summary 2 string; description 3 string
RequestBody: description 1 string; content 2 {}MediaType; required 3 bool; x- 4 extensions
MediaType: schema 1 SchemaOrReference; example 2 any; x- 5 extensions
Responses: default 1 ResponseOrReference; x- 3 extensions; * 2 ResponseOrReference
Response: description 1 string; content 3 {}MediaType; x- 5 extensions
Components: schemas 1 {}SchemaOrReference; securitySchemes 7 {}SecuritySchemeOrReference; x- 10 extensions
SecurityScheme: type 1 string; description 2 string; name 3 string; in 4 string; scheme 5 string; x- 9 extensions
Schema: nullable 1 bool; example 7 any; title 9 string; multipleOf 10 double; maximum 11 double; exclusiveMaximum 12 bool;
  minimum 13 double; exclusiveMinimum 14 bool; maxLength 15 int; minLength 16 int; pattern 17 string; maxItems 18 int;
  minItems 19 int; uniqueItems 20 bool; maxProperties 21 int; minProperties 22 int; required 23 []string; enum 24 []any;
  type 25 string; allOf 26 []SchemaOrReference; oneOf 27 []SchemaOrReference; anyOf 28 []SchemaOrReference;
  not 29 Schema; items 30 Items; properties 31 {}SchemaOrReference; additionalProperties 32 SchemaOrBool;
  default 33 Default; description 34 string; format 35 string; x- 36 extensions
`;
