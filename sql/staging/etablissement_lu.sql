-- Grain : une ligne par ligne lue dans un fichier d'établissements (rang), rien d'écarté
with
textes as (select rowid as rang, * exclude (supplement) from raw.etablissements),
codes_type(ecrit, type) as (
    values ('PUBLIC', 'PUBLIC'), ('PRIVE SOUS CONTRAT', 'PRIVE SOUS CONTRAT'),
           ('PRIVE HORS CONTRAT', 'PRIVE HORS CONTRAT'), ('CFA', 'CFA'), ('GRETA', 'GRETA'),
           ('EAD', 'EAD')
),
codes_ccf(ecrit, ccf) as (
    values ('O', 'O'), ('OUI', 'O'), ('N', 'N'), ('NON', 'N'), ('ETENDU', 'ETENDU')
)
select
    e.rang, e.fichier, e.ligne,
    regexp_replace(regexp_replace(upper(e.uai), '[^A-Z0-9]', '', 'g'), '^(\d{6}[A-Z])$', '0\1')
                      as uai,
    e.nom,
    upper(e.academie) as academie,
    codes_type.type,
    e.type            as type_lu,
    codes_ccf.ccf,
    e.ccf             as ccf_lu,
    list_filter(list_transform(string_split(coalesce(e.alias, ''), '|'), lambda a: trim(a)),
                lambda a: a <> '') as alias
from textes as e
left join codes_type on codes_type.ecrit = replace(strip_accents(upper(e.type)), '-', ' ')
left join codes_ccf on codes_ccf.ecrit = strip_accents(upper(e.ccf))
