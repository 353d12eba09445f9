-- Grain : une ligne par effectif de la circulaire, et par modalité de la liste que la circulaire n'a pas
with

attendus as (

    select
        row_number() over (order by maille, code, inscrits) as rang,
        maille,
        nullif(code, '') as code,
        trim(regexp_replace(upper(strip_accents(code)), '[^A-Z0-9]+', ' ', 'g')) as norme,
        regexp_full_match(code, '[0-9]{7}[A-Z]') as est_uai,
        inscrits
    from reference.effectif_attendu

),

listes as (

    select 'total' as maille, 'Total' as libelle, null as uai, count(*) as nb_candidats
    from staging.candidat
    union all
    select 'academie', academie, null, count(*) from staging.candidat group by academie
    union all
    select 'etablissement', etablissement, uai, count(*)
    from staging.candidat
    group by etablissement, uai
    union all
    select 'centre_ecrit', centre_ecrit, null, count(*) from staging.candidat group by centre_ecrit

),

modalites as (

    select
        row_number() over (order by maille, uai, libelle) as rang,
        *,
        trim(regexp_replace(upper(strip_accents(libelle)), '[^A-Z0-9]+', ' ', 'g')) as norme
    from listes

),

-- Les noms sous lesquels un établissement est connu : son UAI, son nom, ses alias.
appellations as (

    select
        uai as etablissement,
        trim(regexp_replace(upper(strip_accents(appellation)), '[^A-Z0-9]+', ' ', 'g')) as norme
    from (
        select uai, unnest(list_append(list_append(coalesce(alias, []), nom), uai)) as appellation
        from staging.etablissement
    )
    where appellation is not null

),

-- Deux établissements peuvent porter le même nom : qui a un UAI se reconnaît à lui seul.
etablissements_des_modalites as (

    select rang, uai as etablissement from modalites where uai is not null
    union
    select modalites.rang, appellations.etablissement
    from modalites
    join appellations using (norme)
    where modalites.uai is null

),

par_nom as (

    select attendus.rang as rang_attendu, modalites.rang as rang_modalite
    from attendus
    join modalites using (maille)
    where case
        when attendus.maille = 'total' then true
        when attendus.est_uai then modalites.uai = attendus.code
        else modalites.norme = attendus.norme
    end

),

par_alias as (

    select attendus.rang as rang_attendu, modalites.rang as rang_modalite
    from attendus
    join appellations using (norme)
    join etablissements_des_modalites as liens using (etablissement)
    join modalites on modalites.rang = liens.rang and modalites.maille = attendus.maille
    where attendus.maille in ('etablissement', 'centre_ecrit')

),

paires as (

    select * from par_nom
    union
    select * from par_alias

),

trouves as (

    select
        attendus.rang,
        coalesce(sum(modalites.nb_candidats), 0)::bigint as constates,
        list(distinct modalites.libelle order by modalites.libelle) filter (
            where not attendus.est_uai and modalites.norme <> attendus.norme
            and attendus.maille <> 'total'
        ) as graphies,
        min(modalites.uai) as uai,
        min(modalites.libelle) as libelle,
        list(distinct coalesce(modalites.uai, modalites.libelle)
             order by coalesce(modalites.uai, modalites.libelle)) filter (
            where modalites.rang is not null
        ) as modalites
    from attendus
    left join paires on paires.rang_attendu = attendus.rang
    left join modalites on modalites.rang = paires.rang_modalite
    group by attendus.rang

),

absents as (

    select * from modalites
    where maille in (select maille from attendus)
      and rang not in (select rang_modalite from paires)

),

-- La circulaire nomme parfois la même origine de deux façons : même effectif et même dernier mot
-- (ville, département) font une piste, que l'on montre sans rien décider.
pistes as (

    select attendus.rang, min(absents.libelle) as piste
    from attendus
    join trouves using (rang)
    join absents
        on absents.maille = attendus.maille
        and absents.nb_candidats = attendus.inscrits - trouves.constates
        and split_part(absents.norme, ' ', -1) = split_part(attendus.norme, ' ', -1)
    where not attendus.est_uai
    group by attendus.rang

),

annonces as (

    select
        attendus.maille,
        attendus.code,
        case
            when attendus.maille = 'total' then 'Total'
            when attendus.est_uai and libelle is not null then concat(libelle, ' (', code, ')')
            else attendus.code
        end as libelle,
        trouves.uai,
        attendus.inscrits as attendus,
        trouves.constates,
        trouves.constates - attendus.inscrits as ecart,
        concat(
            case sign(ecart)
                when 0 then 'Conforme à la circulaire'
                when -1 then concat('Il manque ', -ecart, ' sur ', attendus.inscrits, ' attendus')
                else concat(ecart, ' de plus que les ', attendus.inscrits, ' attendus')
            end,
            ' ; écrit « ' || array_to_string(trouves.graphies, ' », « ') || ' » dans la liste',
            ' ; la liste a ce nombre sous « ' || pistes.piste || ' »'
        ) as message,
        trouves.modalites
    from attendus
    join trouves using (rang)
    left join pistes using (rang)

),

hors_circulaire as (

    select
        maille,
        coalesce(uai, libelle) as code,
        coalesce(libelle, uai, 'Non renseigné') as libelle,
        uai,
        null::integer as attendus,
        nb_candidats as constates,
        null::bigint as ecart,
        'Absent de la circulaire' as message,
        [coalesce(uai, libelle)] as modalites
    from absents

),

lignes as (

    select maille, code, libelle, uai, attendus, constates, ecart, message, modalites from annonces
    union all
    select maille, code, libelle, uai, attendus, constates, ecart, message, modalites
    from hors_circulaire

)

select * from lignes
order by maille, attendus is null, code
